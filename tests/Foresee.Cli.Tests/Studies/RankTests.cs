using System.Text.Json;
using Foresee.Encoders;
using Foresee.Reports;
using Foresee.Torch;

namespace Foresee.Cli.Tests;

public sealed class RankTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("foresee-rank-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private string In(string name) => Path.Combine(folder, name);

    [Fact]
    public void Encoders_and_their_stages_are_scored_measured_and_kept()
    {
        Directory.CreateDirectory(In("data"));
        MadeImages.Write(In("data/train-images-idx3-ubyte"), 80, In("data/train-labels-idx1-ubyte"));
        foreach (var (name, seed) in new[] { ("one", 1UL), ("two", 2UL) })
        {
            using var generator = new Generator(seed);
            using var encoder = new ConvEncoder(new(8, [1, 1], ResidualOrder.PreActivation, ConvStem.Medium), new(28, 28, 1), generator);
            EncoderFile.Write(In($"{name}.safetensors"), encoder);
        }
        string[] line = ["rank", In("data"), "--encoders", $"{In("one.safetensors")},{In("two.safetensors")}", "--stages", "--validation",
            "--out", In("ranked"), "--threads", "1", "--json", In("ranked.json")];
        var result = Invocation.Program(line);
        Assert.Equal((ExitCode.Success, ""), (result.Code, result.Error));
        var rows = ResultsFile.Read(In("ranked/results.csv"));
        Assert.Equal(["one, stage 1", "one", "two, stage 1", "two"], rows.Select(row => row.Encoder).Distinct());
        Assert.Equal(["logme", "h-score", "top1"], rows.Take(3).Select(row => row.Metric));
        Assert.All(rows.Where(row => row.Metric == "h-score"), row => Assert.InRange(row.Value, 0, 1)); // two classes
        Assert.Contains("logme and the measured accuracy order 4 encoders alike by Kendall's tau ", result.Out, StringComparison.Ordinal);
        var fields = JsonDocument.Parse(File.ReadAllText(In("ranked.json"))).RootElement;
        Assert.Equal((4, 2), (fields.GetProperty("encoders").GetArrayLength(), fields.GetProperty("agreement").GetArrayLength()));
        Assert.Equal(ExitCode.Success, Invocation.Program(line).Code);
        Assert.Equal(rows, ResultsFile.Read(In("ranked/results.csv"))); // seconds, too
    }
}
