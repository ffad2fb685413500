using System.Text.Json;
using Foresee.Images;
using Foresee.Reports;
using Foresee.Tests;

namespace Foresee.Cli.Tests;

/// <summary>Which images to label next, with a run that is made once by the real program.</summary>
public sealed class SuggestTests(SuggestTests.Made made) : IClassFixture<SuggestTests.Made>
{
    private const int Pool = 36;

    public sealed class Made : IDisposable
    {
        public Made()
        {
            Directory.CreateDirectory(In("data"));
            MadeImages.Write(In("data/train-images-idx3-ubyte"), 40, In("data/train-labels-idx1-ubyte"));
            MadeImages.Write(In("data/t10k-images-idx3-ubyte"), 20, In("data/t10k-labels-idx1-ubyte"));
            var images = ImageSources.Open(In("data"));
            foreach (var folder in new[] { "pool", "labelled/lying", "labelled/standing" }) Directory.CreateDirectory(In(folder));
            for (var i = 0; i < Pool; i++) Save(images, i, $"pool/{i:00}.png");
            for (var i = 0; i < 24; i++) Save(images, i, i % 2 == 0 ? $"labelled/lying/{i}.png" : $"labelled/standing/{i}.png");
            File.WriteAllText(In("pool/broken.png"), "no image");
            var result = Invocation.Program("pretrain", In("data"), "--recipe", "fashion-mnist", "--out", In("run"), "--images", "32");
            if (result.Code != ExitCode.Success) throw new InvalidOperationException(result.Error);
        }

        private void Save(IImageSource images, int index, string name) =>
            File.WriteAllBytes(In(name), ImageFile.EncodePng(images.Read(index)));

        public string Folder { get; } = Directory.CreateTempSubdirectory("foresee-suggest-").FullName;
        public string In(string name) => Path.Combine(Folder, name);
        public void Dispose() => Directory.Delete(Folder, recursive: true);
    }

    private string[] Line(string output, params string[] more) =>
        ["suggest", made.In("run"), made.In("pool"), "--out", made.In(output), "--threads", "1", .. more];

    private string[][] Rows(string file) => [.. File.ReadAllLines(made.In(file)).Skip(1).Select(line => line.Split(','))];

    private static double Number(string text) => double.Parse(text, System.Globalization.CultureInfo.InvariantCulture);

    [Fact]
    public void Suggestions_are_a_list_a_contact_sheet_and_the_line_that_comes_next()
    {
        var result = Invocation.Program(Line("first.csv", "--count", "5", "--json", made.In("first.json")));
        Assert.Equal(ExitCode.Success, result.Code);
        Assert.Contains($"left out {made.In("pool/broken.png")}", result.Error, StringComparison.Ordinal);
        Assert.Equal(SuggestionsFile.Header, File.ReadLines(made.In("first.csv")).First());
        var rows = Rows("first.csv");
        Assert.Equal(5, rows.Select(row => row[0]).Distinct().Count());
        Assert.All(rows, row => Assert.True(File.Exists(row[0])));
        Assert.All(rows, row => Assert.Equal("coverage", row[2]));
        var sheet = File.ReadAllText(made.In("first.html"));
        Assert.Equal(5, sheet.Split("src=\"data:image/jpeg").Length - 1);
        Assert.Contains(Path.GetFileName(rows[0][0]), sheet, StringComparison.Ordinal);
        Assert.DoesNotContain("<script", sheet, StringComparison.Ordinal);
        Assert.Contains("5 of 36 images", result.Out, StringComparison.Ordinal);
        Assert.Contains($"next: ./foresee fit {made.In("pool")} LABELLED --out models/labelled --starts {made.In("run")}\n", result.Out,
            StringComparison.Ordinal);
        var fields = JsonDocument.Parse(File.ReadAllText(made.In("first.json"))).RootElement;
        Assert.Equal((36, 0, 1), (fields.GetProperty("images").GetInt32(), fields.GetProperty("labelled").GetInt32(),
            fields.GetProperty("skipped").GetInt32()));
        Assert.Equal(rows.Select(row => row[0]),
            fields.GetProperty("suggested").EnumerateArray().Select(image => image.GetProperty("path").GetString()));

        Assert.Equal(ExitCode.Success, Invocation.Program(Line("again.csv", "--count", "5")).Code);
        Assert.Equal(File.ReadAllText(made.In("first.csv")), File.ReadAllText(made.In("again.csv")));
    }

    /// <summary>The first 24 images of the pool are copies of labelled ones.</summary>
    [Fact]
    public void Nothing_like_a_labelled_image_is_suggested_and_with_labels_comes_what_is_unsure()
    {
        var result = Invocation.Program(Line("unsure.csv", "--count", "36", "--labelled", made.In("labelled")));
        Assert.Equal(ExitCode.Success, result.Code);
        var rows = Rows("unsure.csv");
        Assert.NotEmpty(rows);
        Assert.All(rows, row => Assert.InRange(int.Parse(Path.GetFileNameWithoutExtension(row[0]),
            System.Globalization.CultureInfo.InvariantCulture), 24, Pool));
        Assert.All(rows, row => Assert.Equal("margin", row[2])); // 12 labels per class
        Assert.All(rows, row => Assert.Matches(@"^(lying|standing) \(\d+ %\) or (lying|standing) \(\d+ %\)\?$", row[3]));
        Assert.All(rows, row => Assert.StartsWith(made.In("labelled"), row[4], StringComparison.Ordinal));
        double[] margins = [.. rows.Select(row => Number(row[1]))];
        Assert.All(margins, margin => Assert.InRange(margin, 0, 1));
        Assert.Contains("Fewer than the 36 asked for", result.Out, StringComparison.Ordinal);

        var none = Invocation.Program("suggest", made.In("run"), made.In("labelled"), "--count", "1", "--labelled", made.In("labelled"),
            "--out", made.In("none.csv"));
        Assert.Equal(ExitCode.Failed, none.Code);
        Assert.Contains("All 24 images of", none.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(made.In("none.csv")));
    }

    /// <summary>It was fitted on many labels, so what it is unsure of comes first; libtorch is not needed.</summary>
    [Fact]
    public void A_fitted_model_suggests_what_it_is_unsure_of()
    {
        var model = new TinyModel(["cat", "dog"]);
        model.Description = model.Description with { Labels = 100 };
        model.Write(made.In("model/model.onnx"));
        Directory.CreateDirectory(made.In("colours"));
        var random = new Random(1);
        var margins = new Dictionary<string, double>();
        for (var i = 0; i < 20; i++)
        {
            byte[] colour = [(byte)random.Next(256), (byte)random.Next(256), (byte)random.Next(256)];
            var image = new Image(5, 4, 3, [.. Enumerable.Repeat(colour, 20).SelectMany(pixel => pixel)]);
            var path = made.In($"colours/{i}.png");
            File.WriteAllBytes(path, ImageFile.EncodePng(image));
            var (probabilities, _) = model.Expected(image);
            margins[path] = Math.Abs(probabilities[0] - probabilities[1]);
        }
        var result = Invocation.Program("suggest", made.In("model"), made.In("colours"), "--count", "3", "--out", made.In("model.csv"));
        Assert.Equal((ExitCode.Success, ""), (result.Code, result.Error));
        var rows = Rows("model.csv");
        Assert.Equal(margins.MinBy(pair => pair.Value).Key, rows[0][0]);
        Assert.All(rows, row => Assert.Equal(margins[row[0]], Number(row[1]), 1e-3));
        Assert.All(rows, row => Assert.Equal("margin", row[2]));
    }

    [Fact]
    public void A_trial_tells_what_each_rule_gains_over_chance()
    {
        string[] line = ["suggest", made.In("run"), made.In("data"), "--trial", "--count", "4,8", "--draws", "2", "--pool", "30",
            "--by", "coverage,margin", "--threads", "1", "--out", made.In("trial.csv")];
        var result = Invocation.Program(line);
        Assert.Equal((ExitCode.Success, ""), (result.Code, result.Error));
        var rows = ResultsFile.Read(made.In("trial.csv"));
        Assert.Equal(12, rows.Count);
        Assert.Equal(["linear, coverage", "linear, margin", "linear, random"], rows.Select(row => row.Protocol).Distinct().Order());
        Assert.All(rows, row => Assert.InRange(row.Value, 0, 100));
        Assert.Contains("With 4 labels, coverage ", result.Out, StringComparison.Ordinal);
        Assert.Contains("With 8 labels, margin ", result.Out, StringComparison.Ordinal);
        // nothing is known for margin at first, so it begins as chance does
        Assert.Equal(Of("linear, random"), Of("linear, margin"));

        IEnumerable<double> Of(string protocol) =>
            rows.Where(row => row.Protocol == protocol && row.Labels == "4").OrderBy(row => row.Draw).Select(row => row.Value);
    }

    [Theory]
    [InlineData("must be a whole number of 1 or more", "--count", "0")]
    [InlineData("one number without --trial", "--count", "10,50")]
    [InlineData("name labelled images with --labelled", "--count", "1", "--by", "margin")]
    [InlineData("--by must be suggested, coverage, core-set, margin or random; got 'marging'; did you mean 'margin'?", "--count", "1", "--by", "marging")]
    [InlineData("--draws belongs to --trial", "--count", "1", "--draws", "3")]
    [InlineData("can't be chosen from 40 images", "--count", "40", "--trial")]
    [InlineData("no folder elsewhere", "--count", "1", "--labelled", "elsewhere")]
    public void What_cant_be_asked_is_refused_in_words(string expected, params string[] more)
    {
        var images = more.Contains("--trial") ? "data" : "pool";
        var result = Invocation.Program(["suggest", made.In("run"), made.In(images), "--out", made.In("refused.csv"), .. more]);
        Assert.Equal(ExitCode.Usage, result.Code);
        Assert.Contains(expected, result.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(made.In("refused.csv")));
    }
}
