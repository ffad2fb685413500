using System.Text.Json;
using Foresee.Reports;
using Foresee.Torch;
using Foresee.Torch.Files;

namespace Foresee.Cli.Tests;

/// <summary>What can be done with a run: evaluate, embed, inspect. The run is made once, by the real program.</summary>
public sealed class TrainedRunTests(TrainedRunTests.Made made) : IClassFixture<TrainedRunTests.Made>
{
    public sealed class Made : IDisposable
    {
        public Made()
        {
            Directory.CreateDirectory(In("data"));
            MadeImages.Write(In("data/train-images-idx3-ubyte"), 40, In("data/train-labels-idx1-ubyte"));
            MadeImages.Write(In("data/t10k-images-idx3-ubyte"), 20, In("data/t10k-labels-idx1-ubyte"));
            var result = Invocation.Program("pretrain", In("data"), "--recipe", "fashion-mnist", "--out", In("run"), "--images", "32");
            if (result.Code != ExitCode.Success) throw new InvalidOperationException(result.Error);
        }

        public string Folder { get; } = Directory.CreateTempSubdirectory("foresee-run-").FullName;
        public string In(string name) => Path.Combine(Folder, name);
        public void Dispose() => Directory.Delete(Folder, recursive: true);
    }

    [Fact]
    public void Evaluate_writes_a_row_per_draw_the_report_and_the_fields()
    {
        var result = Invocation.Program("evaluate", made.In("run"), made.In("data"), "--protocol", "linear,neighbours", "--labels", "2/class,5/class", "--draws", "2",
            "--out", made.In("evaluation"), "--json", made.In("evaluation.json"));
        Assert.Equal("", result.Error);
        Assert.Equal(ExitCode.Success, result.Code);
        var rows = ResultsFile.Read(made.In("evaluation/results.csv"));
        Assert.Equal(8, rows.Count);
        Assert.All(rows, row => Assert.InRange(row.Top1, 0, 100));
        Assert.StartsWith("<!DOCTYPE html>", File.ReadAllText(made.In("evaluation/report.html")), StringComparison.OrdinalIgnoreCase);
        var fields = JsonDocument.Parse(File.ReadAllText(made.In("evaluation.json"))).RootElement;
        Assert.Equal(8, fields.GetProperty("results").GetArrayLength());
        var first = fields.GetProperty("results")[0]; // in the plan's order; the file has the order in which they ended
        Assert.Equal(first.GetProperty("top1").GetDouble(), rows.Single(row => row.Protocol == first.GetProperty("protocol").GetString()
            && row.Labels == first.GetProperty("labels").GetString() && row.Draw == first.GetProperty("draw").GetInt32()).Top1);
    }

    [Fact]
    public void More_labels_than_a_class_has_are_refused_with_the_number_it_has()
    {
        var result = Invocation.Program("evaluate", made.In("run"), made.In("data"), "--labels", "21/class", "--out", made.In("too-many"));
        Assert.Equal(ExitCode.Failed, result.Code);
        Assert.Contains("20 labelled images", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Embed_writes_a_row_per_image_and_names_them()
    {
        var result = Invocation.Program("embed", made.In("run"), made.In("data"), "--out", made.In("features.npy"));
        Assert.Equal("", result.Error);
        Assert.Equal(ExitCode.Success, result.Code);
        using var scope = TensorScope.Begin();
        var features = NumpyFile.Read(made.In("features.npy"));
        Assert.Equal([40, 256], features.Shape);
        Assert.True(features.Variance(0).Sum().ToDouble() > 0, "all images have the same features");
        Assert.Equal(40, File.ReadAllLines(made.In("features.npy.txt")).Length);
    }

    [Fact]
    public void Inspect_says_what_the_run_is()
    {
        var result = Invocation.Program("inspect", made.In("run"));
        Assert.Equal(ExitCode.Success, result.Code);
        Assert.Contains("recipe     fashion-mnist", result.Out, StringComparison.Ordinal);
        Assert.Contains("40 images of", result.Out, StringComparison.Ordinal);
        Assert.Contains("encoder    " + made.In("run/encoder.safetensors"), result.Out, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("inspect", "data")]
    [InlineData("evaluate", "data")]
    [InlineData("embed", "data")]
    public void A_folder_that_is_no_run_is_one_clear_line(string command, string folder)
    {
        string[] rest = command switch
        {
            "evaluate" => [made.In("data"), "--labels", "2/class", "--out", made.In("x")],
            "embed" => [made.In("data"), "--out", made.In("x.npy")],
            _ => [],
        };
        var result = Invocation.Program([command, made.In(folder), .. rest]);
        Assert.Equal(ExitCode.Failed, result.Code);
        Assert.Contains("pretrain", Assert.Single(result.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
    }
}
