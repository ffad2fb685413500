using System.Diagnostics;
using System.Text.Json;
using Foresee.Images;
using Foresee.Inference;

namespace Foresee.Cli.Tests;

public sealed class FitTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("foresee-fit-").FullName;

    public FitTests()
    {
        Directory.CreateDirectory(In("data"));
        MadeImages.Write(In("data/train-images-idx3-ubyte"), 60, In("data/train-labels-idx1-ubyte"));
        MadeImages.Write(In("new"), 20);
    }

    private string In(string name) => Path.Combine(folder, name);

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private string[] Line(string output) =>
    [
        "fit", In("data"), In("data"), "--minutes", "0.6", "--starts", "simsiam", "--without", "none,kmeans,imagenet-resnet18",
        "--protocol", "linear", "--threads", "1", "--out", In(output), "--json", In($"{output}.json"),
    ];

    private Invocation Program(string[] line) => Invocation.Start("dotnet",
        [Path.Combine(AppContext.BaseDirectory, "Foresee.Cli.dll"), .. line], ("FORESEE_STARTS", In("none")));

    private Process Start(string[] line) => Invocation.BeginProgram(line, ("FORESEE_STARTS", In("none")));

    [Fact]
    public void One_line_makes_a_model_that_predicts_and_a_killed_one_goes_on()
    {
        var line = Line("model");
        using (var process = Start(line))
        {
            while (!process.HasExited && !Directory.Exists(In("model/work/runs/simsiam"))) Thread.Sleep(10);
            Assert.False(process.HasExited, "The fit ended before it could be killed.");
            process.Kill(); // SIGKILL
            process.WaitForExit();
        }
        Assert.False(File.Exists(In("model/model.onnx")));
        var result = Program(line);
        Assert.Equal("", result.ErrorBesidesBudget);
        Assert.Equal(ExitCode.Success, result.Code);
        Assert.Contains("chosen: simsiam, linear", result.Out, StringComparison.Ordinal);

        using var classifier = Classifier.Load(In("model"));
        Assert.Equal(["0", "1"], classifier.Description.Classes);
        Assert.Equal(("simsiam", "linear", 60), (classifier.Description.Start, classifier.Description.Protocol,
            classifier.Description.Labels));
        var images = ImageSources.Open(In("new"));
        var right = Enumerable.Range(0, 20).Count(i => classifier.Predict(images.Read(i)).Classes[0].Class == $"{i % 2}");
        Assert.True(right >= 16, $"{right} of 20"); // lying and standing bars
        Assert.True(File.Exists(In("model/report.html")));
        Assert.Equal(60, Directory.GetFiles(Path.Combine(In("model"), classifier.Description.ThumbnailFolder())).Length);

        var known = Program(["report", In("model"), In("data"), "--out", In("report")]);
        Assert.Equal(ExitCode.Usage, known.Code);
        Assert.Contains("learnt from; accuracy on them says nothing", known.Error, StringComparison.Ordinal);
        Assert.EndsWith("--starts simsiam --without none,kmeans,imagenet-resnet18 --protocol linear", string.Join(' ',
            ServeCommand.Refit(new("pool", "labels", In("model"), 1)).ArgumentList), StringComparison.Ordinal);

        var json = JsonDocument.Parse(File.ReadAllText(In("model.json"))).RootElement;
        Assert.Equal("simsiam", json.GetProperty("start").GetString());
        Assert.InRange(json.GetProperty("images").GetInt32(), 24, 60); // beside other work the time ends some folds early
        Assert.Equal(classifier.Description.Accuracy!.Mean, json.GetProperty("accuracy").GetDouble(), 1e-9);
    }

    [Theory]
    [InlineData("--starts simsam", "'simsam' is no method, start, run or file; did you mean 'simsiam'?")]
    [InlineData("--protocol supervised", "--protocol names what fit tries on an encoder, and supervised is not among that")]
    [InlineData("--minutes 0", "--minutes must be a number above 0, got '0'.")]
    public void What_cant_be_fitted_is_refused_before_any_work(string words, string fault)
    {
        var result = Invocation.Here(["fit", In("data"), In("data"), "--out", In("x"), .. words.Split(' ')]);
        Assert.Equal(ExitCode.Usage, result.Code);
        Assert.Contains(fault, result.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(In("x")));
    }
}
