using System.Text.Json;
using Foresee.Labels;
using Foresee.Reports;
using Foresee.Studies.Adaptation;

namespace Foresee.Cli.Tests;

public sealed class AdaptTests(AdaptTests.Made made) : IClassFixture<AdaptTests.Made>
{
    public sealed class Made : IDisposable
    {
        public Made()
        {
            Directory.CreateDirectory(In("source"));
            MadeImages.Write(In("source/train-images-idx3-ubyte"), 120, In("source/train-labels-idx1-ubyte"));
            MadeImages.Write(In("source/t10k-images-idx3-ubyte"), 40, In("source/t10k-labels-idx1-ubyte"));
            var result = Invocation.Here("data", "make", In("source"), "--as", "inverted", "--out", In("target"));
            if (result.Code != ExitCode.Success) throw new InvalidOperationException(result.Error);
        }

        public string Folder { get; } = Directory.CreateTempSubdirectory("foresee-adapt-").FullName;
        public string In(string name) => Path.Combine(Folder, name);
        public void Dispose() => Directory.Delete(Folder, recursive: true);
    }

    private string[] Line(string target, string output, params string[] more) =>
        ["adapt", made.In("source"), target, "--out", made.In(output), "--threads", "1", "--steps", "30", "--draws", "2", .. more];

    [Fact]
    public void A_source_is_adapted_from_pixels_measured_and_goes_on_where_it_was()
    {
        var result = Invocation.Program(Line(made.In("target"), "out", "--json", made.In("out.json")));
        Assert.Equal((ExitCode.Success, ""), (result.Code, result.Error));
        Assert.Contains($"measured on the test images of {made.In("target")}, which nothing else reads", result.Out, StringComparison.Ordinal);
        var rows = ResultsFile.Read(made.In("out/results.csv"));
        Assert.Equal(["dann", "dann", "ot", "ot", "source-only", "source-only"], rows.Select(row => row.Protocol).Order(StringComparer.Ordinal));
        Assert.All(rows, row => Assert.InRange(row.Value, 0, 100));
        var classes = File.ReadAllLines(made.In("out/classes-ot.csv"));
        Assert.Equal(AdaptedClassesFile.Header, classes[0]);
        Assert.Equal(120, classes.Length - 1);
        Assert.All(classes.Skip(1), line => Assert.Contains(line.Split(',')[1], new[] { "0", "1" }));
        var fields = JsonDocument.Parse(File.ReadAllText(made.In("out.json"))).RootElement;
        Assert.Equal(6, fields.GetProperty("results").GetArrayLength());

        var again = Invocation.Program(Line(made.In("target"), "out"));
        Assert.Contains("6 results are in", again.Out, StringComparison.Ordinal);
        Assert.Equal(rows, ResultsFile.Read(made.In("out/results.csv")));
    }

    [Fact]
    public void Without_labels_of_the_target_there_are_classes_and_no_number()
    {
        Directory.CreateDirectory(made.In("plain"));
        foreach (var file in Directory.EnumerateFiles(made.In("target/train"), "*.png", SearchOption.AllDirectories))
            File.Copy(file, Path.Combine(made.In("plain"), Path.GetFileName(file)), overwrite: true);
        var result = Invocation.Program(Line(made.In("plain"), "blind", "--method", "dann"));
        Assert.Equal((ExitCode.Success, ""), (result.Code, result.Error));
        Assert.Contains("nothing is measured, for", result.Out, StringComparison.Ordinal);
        Assert.False(File.Exists(made.In("blind/results.csv")));
        Assert.Equal(120, File.ReadAllLines(made.In("blind/classes-dann.csv")).Length - 1);
    }

    [Fact]
    public void Other_classes_and_the_same_images_are_refused_in_plain_words()
    {
        var other = new LabelledSplits(LabelledSources.OpenTraining(made.In("source")) with { Classes = ["0", "cat"] }, null);
        MadeDomain.Write(other, MadeLook.Inverted, made.In("other"), 3);
        var result = Invocation.Here(Line(made.In("other"), "refused"));
        Assert.Equal(ExitCode.Failed, result.Code);
        Assert.Contains($"{made.In("other")} has the class 'cat', which {made.In("source")} does not have; source and target must be of the "
            + "same classes.", result.Error, StringComparison.Ordinal);
        result = Invocation.Here(Line(made.In("source"), "refused"));
        Assert.Contains("are the same images, so there is nothing to adapt to", result.Error, StringComparison.Ordinal);
    }
}
