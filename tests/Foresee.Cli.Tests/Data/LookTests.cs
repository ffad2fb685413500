namespace Foresee.Cli.Tests;

public sealed class LookTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("foresee-look-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private string In(string name) => Path.Combine(folder, name);

    [Fact]
    public void A_look_tells_how_classes_come_apart_what_is_worth_a_try_and_what_comes_next()
    {
        Directory.CreateDirectory(In("data"));
        MadeImages.Write(In("data/train-images-idx3-ubyte"), 40, In("data/train-labels-idx1-ubyte"));
        var result = Invocation.Program("look", In("data"), "--threads", "1", "--out", In("look"));
        Assert.Equal((ExitCode.Success, ""), (result.Code, result.Error));
        var told = result.Out.Split('\n').Single(line => line.StartsWith("nearest neighbours tell ", StringComparison.Ordinal));
        Assert.Contains("(chance 50 %)", told, StringComparison.Ordinal);
        Assert.InRange(double.Parse(told.Split(' ')[3], System.Globalization.CultureInfo.InvariantCulture), 75, 100); // lying or standing
        Assert.Contains("worth a try: imagenet-resnet18 as one start among others", result.Out, StringComparison.Ordinal);
        Assert.Contains($"next: ./foresee compare {In("data")} --minutes 10 --labels 10/class --out runs/compare --validation", result.Out,
            StringComparison.Ordinal);
        Assert.True(File.Exists(In("look/retrievals.png")));
        Assert.True(File.Exists(In("look/report.html")));

        var again = Invocation.Program("look", In("data"), "--out", In("look"));
        Assert.Equal((ExitCode.Usage, $"error: {In("look")} already holds a run; choose another --out.\n"),
            (again.Code, string.Concat(again.Error.Split('\n').Take(1)) + "\n"));
    }
}
