using System.Diagnostics;
using System.Text.Json;
using Foresee.Reports;

namespace Foresee.Cli.Tests;

public sealed class CompareTests : IDisposable
{
    /// <summary>Of the supervised baseline: the least that learns.</summary>
    private const string Quick = """
        { "source": "made", "per_class": { "5": { "width": 4, "depth": 1, "learning_rate": 0.005, "weight_decay": 0.5, "steps": 20,
        "batch_size": 8, "dropout": 0, "label_smoothing": 0, "augmentation": { "flip": false } } } }
        """;

    private readonly string folder = Directory.CreateTempSubdirectory("foresee-compare-").FullName;

    public CompareTests()
    {
        Directory.CreateDirectory(In("data"));
        MadeImages.Write(In("data/train-images-idx3-ubyte"), 40, In("data/train-labels-idx1-ubyte"));
        MadeImages.Write(In("data/t10k-images-idx3-ubyte"), 20, In("data/t10k-labels-idx1-ubyte"));
        File.WriteAllText(In("quick.json"), Quick);
    }

    private string In(string name) => Path.Combine(folder, name);

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private string[] Line(string output, string images = "128") =>
    [
        "compare", In("data"), "--starts", "simsiam", "--without", "kmeans", "--images", images, "--labels", "2/class,5/class", "--draws", "2", "--protocol",
        "linear,nearest-class-mean", "--tuned", In("quick.json"), "--threads", "1", "--out", In(output), "--json", In($"{output}.json"),
    ];

    private Invocation Program(string[] line) => Invocation.Start("dotnet",
        [Path.Combine(AppContext.BaseDirectory, "Foresee.Cli.dll"), .. line], ("FORESEE_STARTS", In("none")));

    [Fact]
    public void One_line_pretrains_measures_and_names_the_best_start()
    {
        var result = Program(Line("all"));
        Assert.Equal(ExitCode.Success, result.Code);
        var warning = Assert.Single(result.ErrorBesidesBudget.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.StartsWith("warning: imagenet-resnet18 is not measured: imagenet-resnet18 is not on this machine yet", warning,
            StringComparison.Ordinal);
        Assert.Contains("start 3 of 3: simsiam", result.Out, StringComparison.Ordinal);
        Assert.Contains("With 2 labels per class ", result.Out, StringComparison.Ordinal);

        var rows = File.ReadAllLines(In("all/comparison.csv"));
        Assert.Equal(StartsFile.Header, rows[0]);
        Assert.Equal(1 + 4 + 1 + 8, rows.Length); // none, imagenet-resnet18, simsiam
        var page = File.ReadAllText(In("all/report.html"));
        Assert.Contains("not measured: imagenet-resnet18 is not on this machine yet", page, StringComparison.Ordinal);
        Assert.Contains("data-chart=\"minutes\"", page, StringComparison.Ordinal);

        var json = JsonDocument.Parse(File.ReadAllText(In("all.json"))).RootElement;
        Assert.Equal(["2/class", "5/class"], json.GetProperty("best").EnumerateArray().Select(best => best.GetProperty("labels").GetString()));
        var starts = json.GetProperty("starts").EnumerateArray().ToDictionary(start => start.GetProperty("start").GetString()!);
        Assert.Equal(["imagenet-resnet18", "none", "simsiam"], starts.Keys.Order());
        Assert.Equal(160, starts["simsiam"].GetProperty("images").GetInt64()); // 4 steps of all 40
        var probabilities = starts.Values.Where(start => start.GetProperty("points").GetArrayLength() > 0)
            .Sum(start => start.GetProperty("points")[0].GetProperty("probability").GetDouble());
        Assert.Equal(1, probabilities, 1e-6);
    }

    [Fact]
    public void A_comparison_that_was_killed_goes_on_where_it_was()
    {
        var whole = Program(Line("whole", "256"));
        Assert.Equal(ExitCode.Success, whole.Code);
        using (var process = Process.Start(new ProcessStartInfo("dotnet",
            [Path.Combine(AppContext.BaseDirectory, "Foresee.Cli.dll"), .. Line("killed", "256")])
        { RedirectStandardOutput = true, RedirectStandardError = true, Environment = { ["FORESEE_STARTS"] = In("none") } })!)
        {
            while (!process.HasExited && !File.Exists(In("killed/simsiam/checkpoint.safetensors"))) Thread.Sleep(10);
            Assert.False(process.HasExited, "The comparison ended before it could be killed.");
            process.Kill(); // SIGKILL
            process.WaitForExit();
        }
        var resumed = Program(Line("killed", "256"));
        Assert.Equal(ExitCode.Success, resumed.Code);
        Assert.DoesNotContain("none, supervised", resumed.Out, StringComparison.Ordinal); // its results are there
        // all but the seconds and the memory
        string[] Told(string output) => [.. JsonDocument.Parse(File.ReadAllText(In($"{output}.json"))).RootElement.GetProperty("starts")
            .EnumerateArray().Select(start => $"{start.GetProperty("start")} {start.GetProperty("points")}")];
        Assert.Equal(Told("whole"), Told("killed"));

        var other = Program(Line("killed", "512"));
        Assert.Equal(ExitCode.Failed, other.Code);
        Assert.Contains("256 images and seed 0", other.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--starts simsam --images 9", "'simsam' is no method, start, run or file; did you mean 'simsiam'?")]
    [InlineData("--starts simsiam+nothing --images 9", "'simsiam+nothing' goes on from 'nothing', which is no start, run or file")]
    [InlineData("--without simsiam --images 9", "--without leaves out none, kmeans, imagenet-resnet18; got 'simsiam'")]
    [InlineData("--starts none --without none --images 9", "--starts names none and --without leaves it out")]
    [InlineData("--protocol supervised --images 9", "it stands in the table as the start none")]
    [InlineData("--starts none", "Each start needs a length: give --minutes or --images, one of them.")]
    public void What_cant_be_compared_is_refused_before_any_work(string words, string fault)
    {
        var result = Invocation.Here(["compare", In("data"), "--labels", "2/class", "--out", In("x"), .. words.Split(' ')]);
        Assert.Equal(ExitCode.Usage, result.Code);
        Assert.Contains(fault, result.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(In("x")));
    }
}
