using System.Text.Json;
using System.Xml.Linq;
using Foresee.Encoders;
using Foresee.Images;
using Foresee.Reports;
using Foresee.Torch;

namespace Foresee.Cli.Tests;

/// <summary>layers, affinity and multitask as they are typed, on small made images of four classes.</summary>
public sealed class StudiesTests(StudiesTests.Made made) : IClassFixture<StudiesTests.Made>
{
    private const int Side = 20;

    public sealed class Made : IDisposable
    {
        /// <summary>Stripes along or across, on dark or light.</summary>
        public Made()
        {
            var random = new Random(1);
            foreach (var name in new[] { "a", "b", "c", "d" })
                for (var i = 0; i < 18; i++)
                {
                    var pixels = new byte[Side * Side];
                    for (var p = 0; p < pixels.Length; p++)
                    {
                        var place = (name is "a" or "b" ? p % Side : p / Side) + i;
                        pixels[p] = (byte)((name is "a" or "c" ? 20 : 90) + (place % 6 < 3 ? 80 : 0) + random.Next(60));
                    }
                    Directory.CreateDirectory(In($"data/{name}"));
                    File.WriteAllBytes(In($"data/{name}/{i:00}.png"), ImageFile.EncodePng(new(Side, Side, 1, pixels)));
                }
        }

        public string Folder { get; } = Directory.CreateTempSubdirectory("foresee-studies-").FullName;
        public string In(string name) => Path.Combine(Folder, name);
        public void Dispose() => Directory.Delete(Folder, recursive: true);
    }

    private Invocation Type(string command, params string[] more)
    {
        var result = Invocation.Program([command, made.In("data"), "--validation", "--out", made.In(command), "--threads", "1", .. more]);
        Assert.Equal((ExitCode.Success, ""), (result.Code, result.Error));
        return result;
    }

    [Fact]
    public void Layers_are_measured_drawn_and_kept()
    {
        var result = Type("layers", "--first", "a,c", "--steps", "10");
        Assert.Contains("base B: ", result.Out, StringComparison.Ordinal);
        var rows = ResultsFile.Read(made.In("layers/results.csv"));
        Assert.Equal(37, rows.Count);
        Assert.All(rows, row => Assert.Equal("A is a c", row.Encoder));
        Assert.Equal(36, XDocument.Load(made.In("layers/layers.svg")).Descendants().Count(element => element.Name.LocalName == "circle"));
        Type("layers", "--first", "a,c", "--steps", "10");
        Assert.Equal(rows, ResultsFile.Read(made.In("layers/results.csv")));

        var odd = Invocation.Here("layers", made.In("data"), "--validation", "--first", "a,x", "--out", made.In("odd"));
        Assert.Contains("There is no class 'x'; the classes are a, b, c, d.", odd.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Affinities_of_encoders_to_tasks_are_drawn_and_the_best_sets_named()
    {
        foreach (var (name, seed) in new[] { ("one", 1UL), ("two", 2UL), ("three", 3UL) })
        {
            using var generator = new Generator(seed);
            var blocks = new ConvEncoderOptions(8, [1, 1], ResidualOrder.PreActivation, ConvStem.Medium);
            using var encoder = new ConvEncoder(blocks, new(Side, Side, 1), generator);
            EncoderFile.Write(made.In($"{name}.safetensors"), encoder);
        }
        var result = Type("affinity", "--encoders", string.Join(',', new[] { "one", "two", "three" }.Select(name => made.In($"{name}.safetensors"))),
            "--labels", "8/class", "--json", made.In("affinity.json"));
        Assert.Contains("best set of at most 1: ", result.Out, StringComparison.Ordinal);
        Assert.Equal(15, XDocument.Load(made.In("affinity/affinity.svg")).Descendants().Count(element => element.Name.LocalName == "rect"));
        var fields = JsonDocument.Parse(File.ReadAllText(made.In("affinity.json"))).RootElement;
        Assert.All(fields.GetProperty("affinity").EnumerateArray(), task =>
            Assert.Equal(1, task.EnumerateArray().Sum(value => value.GetDouble()), 1e-9));
        Assert.Equal(15, ResultsFile.Read(made.In("affinity/results.csv")).Count);
    }

    [Fact]
    public void Five_tasks_are_learnt_alone_and_together()
    {
        var result = Type("multitask", "--steps", "10");
        Assert.Contains("mean relative gain", result.Out, StringComparison.Ordinal);
        Assert.Equal(20, ResultsFile.Read(made.In("multitask/results.csv")).Count);
    }
}
