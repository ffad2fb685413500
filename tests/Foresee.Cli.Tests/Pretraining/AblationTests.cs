using System.Text.Json;
using Foresee.Reports;

namespace Foresee.Cli.Tests;

public sealed class AblationTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("foresee-ablation-").FullName;

    public AblationTests()
    {
        Directory.CreateDirectory(In("data"));
        MadeImages.Write(In("data/train-images-idx3-ubyte"), 40, In("data/train-labels-idx1-ubyte"));
        MadeImages.Write(In("data/t10k-images-idx3-ubyte"), 20, In("data/t10k-labels-idx1-ubyte"));
    }

    private string In(string name) => Path.Combine(folder, name);

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void Every_step_is_pretrained_and_measured_once_however_often_the_line_is_typed()
    {
        string[] line = ["ablation", In("data"), "--labelled", In("data"), "--recipe", "fashion-mnist", "--images", "32", "--labels",
            "2/class,5/class", "--draws", "2", "--pooling", "2x2", "--out", In("ablation"), "--json", In("ablation.json")];
        var first = Invocation.Program(line);
        Assert.Equal("", first.ErrorBesidesBudget);
        Assert.Equal(ExitCode.Success, first.Code);
        var text = File.ReadAllText(In("ablation/ablation.csv"));
        var rows = text.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(AblationFile.Header, rows[0]);
        Assert.Equal(["v1", "projections", "MC", "BU", "LN", "HP", "LP", "PA", "recipe"],
            rows.Skip(1).Select(row => row.Split(',')[1]).Distinct());
        Assert.Equal(1 + 9 * 2, rows.Length);
        Assert.True(File.Exists(In("ablation/ablation.svg")));
        Assert.Contains("From CPC v1 to v2", File.ReadAllText(In("ablation/report.html")), StringComparison.Ordinal);
        Assert.Equal(18, JsonDocument.Parse(File.ReadAllText(In("ablation.json"))).RootElement.GetProperty("steps").GetArrayLength());

        // As after a stop between measuring and the next step: what is there stays, the rest is made.
        var encoder = File.ReadAllBytes(In("ablation/0-v1/encoder.safetensors"));
        Directory.Delete(In("ablation/7-pa"), recursive: true);
        var again = Invocation.Program(line);
        Assert.Equal(ExitCode.Success, again.Code);
        Assert.Equal(encoder, File.ReadAllBytes(In("ablation/0-v1/encoder.safetensors")));
        Assert.Equal(8, again.Out.Split('\n').Count(l => l.StartsWith("4 of 4 results are in", StringComparison.Ordinal)));
        // all but the seconds
        string[] Accuracies(string csv) => [.. csv.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(row => string.Join(',', row.Split(',')[..^1]))];
        Assert.Equal(Accuracies(text), Accuracies(File.ReadAllText(In("ablation/ablation.csv"))));

        var validated = Invocation.Program([.. line, "--validation"]); // the same runs, measured on other images
        Assert.Equal("", validated.ErrorBesidesBudget);
        Assert.Equal(encoder, File.ReadAllBytes(In("ablation/0-v1/encoder.safetensors")));
        Assert.All(File.ReadAllLines(In("ablation/ablation.csv")).Skip(1), row =>
            Assert.StartsWith($"{In("data")} (validation),", row, StringComparison.Ordinal));
        Assert.Contains("(validation)", File.ReadAllText(In("ablation/ablation.svg")), StringComparison.Ordinal);
        Assert.Equal(8, ResultsFile.Read(In("ablation/0-v1/results.csv")).Count); // 4 on test images, 4 on validation images

        var other = Invocation.Program([.. line.Select(word => word == "32" ? "64" : word)]);
        Assert.Equal(ExitCode.Usage, other.Code);
        Assert.Contains("--images 32", other.Error, StringComparison.Ordinal);
    }
}
