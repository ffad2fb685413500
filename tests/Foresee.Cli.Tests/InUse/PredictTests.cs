using System.Globalization;
using System.Text.Json;
using Foresee.Images;
using Foresee.Tests;

namespace Foresee.Cli.Tests;

/// <summary>predict, and embed --model, on a model that a test wrote.</summary>
public sealed class PredictTests : IDisposable
{
    private static readonly string[] Classes = ["green", "red, or \"rot\""];
    private readonly string folder = Directory.CreateTempSubdirectory("foresee-").FullName;
    private readonly TinyModel model = new(Classes);

    public PredictTests()
    {
        model.Weights = [-9, 9, 9, -9, 0, 0]; // red minus green, whatever the blue
        model.Bias = [0, 0];
        model.References = new([1, 0, 0, 0, 1, 0], [1, 0]);
        model.Description = model.Description with
        {
            Novelty = new(1, 0.2, 0.95),
            Conformal = new([.. Enumerable.Range(1, 99).Select(i => i / 100.0)]),
            References = ["rot/1.png", "green/1.png"],
        };
        model.Write(Of("model/model.onnx"));
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private string Of(string name) => Path.Combine(folder, name);

    private string Write(string name, byte red, byte green, byte blue = 0)
    {
        var path = Of(name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        byte[] pixels = [.. Enumerable.Range(0, 20).SelectMany(_ => new[] { red, green, blue })];
        File.WriteAllBytes(path, ImageFile.EncodePng(new(5, 4, 3, pixels)));
        return path;
    }

    private Invocation Predict(params string[] arguments) => Invocation.Here(["predict", Of("model"), .. arguments]);

    [Fact]
    public void Images_are_told_in_the_order_they_were_named()
    {
        string[] paths = [Write("b.png", 200, 0), Write("a.png", 0, 200), Write("c.png", 200, 0)];
        var result = Predict(paths);
        Assert.Equal(ExitCode.Success, result.Code);
        var expected = model.Expected(ImageFile.Read(paths[0])).Probabilities[1];
        string percent = (100 * expected).ToString("0.0", CultureInfo.InvariantCulture);
        Assert.Equal([$"{paths[0]}: red, or \"rot\" {percent} %", $"{paths[1]}: green {percent} %", $"{paths[2]}: red, or \"rot\" {percent} %"],
            result.Out.Split('\n')[..3]);
        Assert.Contains("3 images in ", result.Out, StringComparison.Ordinal);
        Assert.Contains("2 red, or \"rot\", 1 green", result.Out, StringComparison.Ordinal);
        Assert.Equal("", result.Error);
    }

    [Fact]
    public void A_folder_a_pattern_and_standard_input_are_lists_of_images()
    {
        string[] paths = [Write("in/a.png", 200, 0), Write("in/b/c.png", 0, 200), Write("in/d.png", 0, 200)];
        string[] Named(Invocation result) => [.. result.Out.Split('\n').Where(line => line.StartsWith(folder, StringComparison.Ordinal))
            .Select(line => line[..line.IndexOf(": ", StringComparison.Ordinal)])];
        Assert.Equal(paths, Named(Predict(Of("in"))));
        Assert.Equal([paths[0], paths[2]], Named(Predict(Of("in/*.png"))));
        Assert.Equal(paths, Named(Predict(Of("in/**/*.png"))));
        Assert.Equal([paths[1]], Named(Predict(Of("in/?/c.*"))));
        Assert.Equal([paths[2], paths[0], paths[0]],
            Named(Invocation.Given($"{paths[2]}\n\n{paths[0]}\r\n", "predict", Of("model"), "-", paths[0])));
    }

    [Fact]
    public void A_table_has_a_row_for_each_image()
    {
        string[] paths = [Write("a, b.png", 200, 10), Write("c.png", 10, 200), Write("d.png", 0, 0, 200)];
        var broken = Of("broken.png");
        File.WriteAllText(broken, "a letter");
        var result = Predict(paths[0], broken, paths[1], paths[2], "--out", Of("out.csv"), "--coverage", "0.9", "--json", Of("out.json"));
        Assert.Equal(ExitCode.Incomplete, result.Code);
        Assert.Contains($"left out {broken}: it is text, not an image", result.Error, StringComparison.Ordinal);
        Assert.Contains("1 of 4 images could not be read", result.Out, StringComparison.Ordinal);
        Assert.Contains("1 of 3 are out of place", result.Out, StringComparison.Ordinal);
        var lines = File.ReadAllLines(Of("out.csv"));
        Assert.Equal("path,class,probability,class_2,probability_2,out_of_place,distance,set,error", lines[0]);
        Assert.StartsWith($"\"{paths[0]}\",\"red, or \"\"rot\"\"\",0.9", lines[1], StringComparison.Ordinal);
        Assert.Contains(",false,", lines[1], StringComparison.Ordinal);
        Assert.Contains("\"[\"\"red, or \\\"\"rot\\\"\"\"\"]\"", lines[1], StringComparison.Ordinal); // JSON within CSV
        Assert.Equal($"{broken},,,,,,,,\"it is text, not an image\"", lines[2]);
        Assert.StartsWith($"{paths[1]},green,", lines[3], StringComparison.Ordinal);
        Assert.Contains(",true,1,", lines[4], StringComparison.Ordinal);
        using var json = JsonDocument.Parse(File.ReadAllText(Of("out.json")));
        int Field(string name) => json.RootElement.GetProperty(name).GetInt32();
        Assert.Equal((4, 3, 1, 1), (Field("images"), Field("predicted"), Field("skipped"), Field("out_of_place")));
        Assert.Equal(2, json.RootElement.GetProperty("classes").GetProperty("green").GetInt32());
    }

    [Fact]
    public void Lines_of_JSON_hold_all_that_is_known()
    {
        var (path, broken) = (Write("a.png", 200, 10), Of("broken.png"));
        File.WriteAllText(broken, "a letter");
        var result = Invocation.Given($"{path}\n{broken}\n", "predict", Of("model"), "-", "--out", Of("out.jsonl"), "--coverage", "0.5", "--top", "1");
        Assert.Equal(ExitCode.Incomplete, result.Code);
        var lines = File.ReadAllLines(Of("out.jsonl"));
        Assert.Equal(2, lines.Length);
        using var first = JsonDocument.Parse(lines[0]);
        var expected = model.Expected(ImageFile.Read(path)).Probabilities[1];
        var named = Assert.Single(first.RootElement.GetProperty("classes").EnumerateArray());
        Assert.Equal(Classes[1], named.GetProperty("class").GetString());
        Assert.Equal(expected, named.GetProperty("probability").GetDouble(), 1e-5);
        Assert.False(first.RootElement.GetProperty("out_of_place").GetBoolean());
        Assert.Equal([Classes[1]], first.RootElement.GetProperty("set").EnumerateArray().Select(name => name.GetString()));
        var near = first.RootElement.GetProperty("nearest")[0];
        Assert.Equal(("rot/1.png", Classes[1]), (near.GetProperty("image").GetString(), near.GetProperty("label").GetString()));
        Assert.Equal($"{{\"path\":\"{broken}\",\"error\":\"it is text, not an image\"}}", lines[1]);
    }

    [Fact]
    public void None_that_can_be_read_is_a_failure_and_writes_nothing()
    {
        var broken = Of("broken.png");
        File.WriteAllText(broken, "a letter");
        var result = Predict(broken, "--out", Of("out.csv"));
        Assert.Equal(ExitCode.Failed, result.Code);
        Assert.Contains("None of the 1 images can be read; the first", result.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(Of("out.csv")));
        result = Invocation.Given("", "predict", Of("model"), "-");
        Assert.Equal(ExitCode.Failed, result.Code);
        Assert.Contains("standard input named none", result.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("nothing.png", "There is no image, no folder and no data set nothing.png; check the path.")]
    [InlineData("nothing/*.png", "No file fits nothing/*.png; check the path.")]
    [InlineData("--out out.txt", "--out out.txt ends neither in .csv nor in .jsonl; the ending says what is written.")]
    [InlineData("--coverage 1", "--coverage must be a number between 0 and 1, got 1.")]
    [InlineData("--top 0", "--top must be a whole number of 1 or more, got '0'.")]
    [InlineData("- -", "- stands for standard input, which can be read once; name it once.")]
    public void Lines_that_cannot_be_meant_are_refused(string arguments, string words)
    {
        var result = Predict([Write("a.png", 1, 2), .. arguments.Split(' ')]);
        Assert.Equal(ExitCode.Usage, result.Code);
        Assert.Contains(words, result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void No_model_and_a_damaged_one_are_told()
    {
        var path = Write("a.png", 1, 2);
        var result = Invocation.Here("predict", Of("nothing"), path);
        Assert.Equal(ExitCode.Usage, result.Code);
        Assert.Contains($"There is no model {Of("nothing")}", result.Error, StringComparison.Ordinal);
        File.WriteAllBytes(Of("model/model.onnx"), model.Bytes()[..100]);
        result = Predict(path);
        Assert.Equal(ExitCode.Failed, result.Code);
        Assert.Contains("it is cut off, or no ONNX model; restore it from a copy", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_model_without_calibration_refuses_sets()
    {
        model.Description = model.Description with { Conformal = null };
        model.Write(Of("model/model.onnx"));
        var result = Predict(Write("a.png", 1, 2), "--coverage", "0.9");
        Assert.Equal(ExitCode.Usage, result.Code);
        Assert.Contains("leave --coverage out", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Embed_writes_the_vectors_of_the_model()
    {
        string[] paths = [Write("in/a.png", 255, 0), Write("in/b.png", 0, 255), Write("in/c.png", 51, 102, 204)];
        File.WriteAllText(Of("in/broken.png"), "a letter");
        var result = Invocation.Here("embed", "--model", Of("model"), Of("in"), "--out", Of("f.npy"), "--json", Of("f.json"));
        Assert.Equal(ExitCode.Success, result.Code);
        Assert.Equal(paths, File.ReadAllLines(Of("f.npy.txt")));
        var file = File.ReadAllBytes(Of("f.npy"));
        Assert.Contains("'descr': '<f4', 'fortran_order': False, 'shape': (3, 3)", System.Text.Encoding.ASCII.GetString(file[..128]),
            StringComparison.Ordinal);
        float[] expected = [1, 0, 0, 0, 1, 0, 0.2f, 0.4f, 0.8f];
        for (var i = 0; i < 9; i++) Assert.Equal(expected[i], BitConverter.ToSingle(file, 128 + 4 * i), 1e-5f);
        Assert.Contains("\"skipped\": 1", File.ReadAllText(Of("f.json")), StringComparison.Ordinal);
    }

    [Fact]
    public void Embed_of_a_model_takes_no_dial_of_a_run()
    {
        var images = Path.GetDirectoryName(Write("in/a.png", 255, 0))!;
        foreach (string[] more in new[] { ["--pooling", "2x2"], new[] { "--device", "cpu" } })
        {
            var result = Invocation.Here(["embed", "--model", Of("model"), images, "--out", Of("f.npy"), .. more]);
            Assert.Equal(ExitCode.Usage, result.Code);
            Assert.Contains($"{more[0]} is not for a fitted model", result.Error, StringComparison.Ordinal);
        }
        Assert.Equal(ExitCode.Usage, Invocation.Here("embed", "--model", Of("model"), "run", images, "--out", Of("f.npy")).Code);
        Assert.Contains("IMAGES is missing", Invocation.Here("embed", "run", "--out", Of("f.npy")).Error, StringComparison.Ordinal);
    }

    /// <summary>The system's loader says what it loads.</summary>
    [Theory]
    [InlineData("predict")]
    [InlineData("embed")]
    public void Neither_loads_libtorch(string command)
    {
        var images = Path.GetDirectoryName(Write("in/a.png", 255, 0))!;
        string[] arguments = command == "predict"
            ? ["predict", Of("model"), images, "--out", Of("out.csv"), "--json", Of("out.json")]
            : ["embed", "--model", Of("model"), images, "--out", Of("out.npy")];
        var result = Invocation.Start("dotnet", [Path.Combine(AppContext.BaseDirectory, "Foresee.Cli.dll"), .. arguments],
            ("LD_DEBUG", "files"), ("LD_DEBUG_OUTPUT", Of("loaded")));
        Assert.Equal(ExitCode.Success, result.Code);
        var loaded = string.Concat(Directory.GetFiles(folder, "loaded*").Select(File.ReadAllText));
        Assert.Contains("libonnxruntime", loaded, StringComparison.Ordinal);
        Assert.DoesNotContain("torch", loaded, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("foresee_bridge", loaded, StringComparison.Ordinal);
    }
}
