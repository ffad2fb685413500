using System.Text;
using System.Text.Json;
using Foresee.Images;
using Foresee.Inference;
using Foresee.Tests;

namespace Foresee.Cli.Tests;

public sealed class ReportTests : IDisposable
{
    private static readonly string[] Classes = ["blue", "green", "red"];
    private readonly string folder = Directory.CreateTempSubdirectory("foresee-report-").FullName;
    private readonly TinyModel model = new(Classes, 4, 4);

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private string In(string name) => Path.Combine(folder, name);

    [Fact]
    public void A_report_tells_of_images_what_the_model_says_of_them_and_needs_no_libtorch()
    {
        Fit(new NoveltyRule(1, 0.02, 0.95));
        var images = Paint("test", 30);
        Paint("grey", 10, grey: true);
        File.WriteAllText(In("test/red/broken.png"), "no image");
        var result = Invocation.Start("dotnet", [Path.Combine(AppContext.BaseDirectory, "Foresee.Cli.dll"), "report", In("model"), In("test"),
            "--foreign", In("grey"), "--out", In("out"), "--json", In("out.json"), "--threads", "1"], ("FORESEE_BRIDGE", In("no such library")));
        Assert.Equal(ExitCode.Success, result.Code);
        Assert.Contains("broken.png", result.Error, StringComparison.Ordinal);

        var said = images.Select(image => (image.Label, model.Expected(image.Image).Probabilities)).ToList();
        var right = said.Count(s => Array.IndexOf(s.Probabilities, s.Probabilities.Max()) == s.Label);
        Assert.InRange(right, 31, 89); // else a test of little
        Assert.Contains(FormattableString.Invariant($"{100.0 * right / 90:0.0} % right"), result.Out, StringComparison.Ordinal);
        using var json = JsonDocument.Parse(File.ReadAllText(In("out.json")));
        var fields = json.RootElement;
        Assert.Equal((90, 1), (fields.GetProperty("images").GetInt32(), fields.GetProperty("skipped").GetInt32()));
        Assert.Equal((double)right / 90, fields.GetProperty("accuracy").GetProperty("share").GetDouble(), 12);
        Assert.Equal(said.Average(s => s.Probabilities.Select((p, c) => Math.Pow(p - (c == s.Label ? 1 : 0), 2)).Sum()),
            fields.GetProperty("brier").GetDouble(), 1e-4);
        Assert.Equal(said.Count(s => s.Label == 2 && s.Probabilities.Max() == s.Probabilities[0]),
            fields.GetProperty("confusion")[2][0].GetInt32());
        Assert.Equal(1, fields.GetProperty("out_of_place").GetProperty("foreign_flagged").GetProperty("share").GetDouble());
        Assert.Equal(0.9, fields.GetProperty("conformal")[1].GetProperty("wanted").GetDouble());
        var page = File.ReadAllText(In("out/report.html"));
        Assert.Contains("<h2 id=\"confusion\">", page, StringComparison.Ordinal);
        Assert.Contains("data:image/jpeg;base64,", page, StringComparison.Ordinal);
        Assert.DoesNotContain(In("test/"), page, StringComparison.Ordinal); // names within the folder
    }

    [Fact]
    public void Images_that_the_model_learnt_from_and_classes_that_it_does_not_know_are_refused()
    {
        Paint("test", 4);
        Fit(null);
        model.Description = model.Description with { DataHash = new ImageFolder(In("test")).Hash() };
        model.Write(In("model/model.onnx"));
        var known = Invocation.Here("report", In("model"), In("test"), "--out", In("out"));
        Assert.Equal(ExitCode.Usage, known.Code);
        Assert.Contains("learnt from; accuracy on them says nothing", known.Error, StringComparison.Ordinal);
        Directory.Move(In("test/red"), In("test/purple"));
        var unknown = Invocation.Here("report", In("model"), In("test"), "--out", In("out"));
        Assert.Equal(ExitCode.Failed, unknown.Code);
        Assert.Contains("purple", unknown.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(In("out/report.html")));
    }

    [Theory]
    [InlineData("nothing", "There is no model")]
    [InlineData("test", "holds no fitted model")]
    public void What_is_no_model_is_told_so(string name, string told)
    {
        Paint("test", 2);
        var result = Invocation.Here("report", In(name), In("test"), "--out", In("out"));
        Assert.NotEqual(ExitCode.Success, result.Code);
        Assert.Contains(told, result.Error, StringComparison.Ordinal);
    }

    private void Fit(NoveltyRule? rule)
    {
        // Channels are red, green and blue, classes blue, green and red.
        model.Weights = [-4, 0, 5, 0, 5, 0, 6, -1, 0];
        var painted = Enumerable.Range(0, 60).Select(i => model.Expected(Painted(i % 3, new Random(1000 + i), false)).Features).ToList();
        model.Description = model.Description with { Novelty = rule, Conformal = new([.. Enumerable.Range(1, 50).Select(i => i / 60.0)]) };
        model.References = new([.. painted.SelectMany(row => row.Select(v => (float)v))], [.. Enumerable.Range(0, 60).Select(i => i % 3)]);
        model.Write(In("model/model.onnx"));
    }

    private List<(int Label, Image Image)> Paint(string name, int each, bool grey = false)
    {
        var images = new List<(int, Image)>();
        for (var label = 0; label < 3; label++)
        {
            Directory.CreateDirectory(In($"{name}/{Classes[label]}"));
            for (var i = 0; i < each; i++)
            {
                var image = Painted(label, new Random(label * each + i), grey);
                images.Add((label, image));
                using var file = File.Create(In($"{name}/{Classes[label]}/{i:000}.ppm"));
                file.Write(Encoding.ASCII.GetBytes($"P6 {image.Width} {image.Height} 255\n"));
                file.Write(image.Pixels);
            }
        }
        return images;
    }

    /// <summary>Mostly of the colour of its class; grey ones are like none.</summary>
    private static Image Painted(int label, Random random, bool grey)
    {
        var pixels = new byte[4 * 4 * 3];
        var (other, much) = (random.Next(3), random.Next(40, 200));
        if (other == label) much = 20;
        int Value(int channel) => random.Next(20) + (channel == 2 - label ? 110 : 0) + (channel == 2 - other ? much : 0);
        for (var i = 0; i < pixels.Length; i++) pixels[i] = (byte)(grey ? 128 : Value(i % 3));
        return new(4, 4, 3, pixels);
    }
}
