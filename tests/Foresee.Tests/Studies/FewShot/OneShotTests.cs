using Foresee.Images;
using Foresee.Studies.FewShot;
using Foresee.Tests.Reports;

namespace Foresee.Tests.Studies.FewShot;

/// <summary>Runs in Omniglot's layout, made here: glyphs of a few strokes, written twice with a shift.</summary>
public sealed class OneShotTests : IDisposable
{
    private const int Side = 24;
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    /// <param name="strokes">Rectangles (row, column, height, width) of ink.</param>
    private void Draw(string name, params (int Row, int Column, int Height, int Width)[] strokes)
    {
        var pixels = Enumerable.Repeat((byte)255, Side * Side).ToArray();
        foreach (var (row, column, height, width) in strokes)
            for (var y = row; y < row + height; y++) pixels.AsSpan(y * Side + column, width).Clear();
        var file = folder.File(name);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllBytes(file, ImageFile.EncodePng(new(Side, Side, 1, pixels)));
    }

    /// <summary>Run 2 is harder: its third test image looks like the first known one.</summary>
    private void Runs()
    {
        foreach (var run in new[] { "run01", "run02" })
        {
            Draw($"{run}/training/class01.png", (2, 2, 1, 12));
            Draw($"{run}/training/class02.png", (2, 4, 14, 1));
            Draw($"{run}/training/class03.png", (5, 5, 5, 5));
            Draw($"{run}/test/item01.png", (9, 6, 13, 1));
            Draw($"{run}/test/item02.png", (9, 9, 1, 13));
            Draw($"{run}/test/item03.png", run == "run02" ? [(20, 1, 1, 12)] : [(1, 1, 5, 6)]);
            File.WriteAllLines(folder.File($"{run}/class_labels.txt"), new[] { (1, 2), (2, 1), (3, 3) }
                .Select(pair => $"{run}/test/item0{pair.Item1}.png {run}/training/class0{pair.Item2}.png"));
        }
    }

    [Fact]
    public void Runs_are_read_in_their_layout_and_errors_counted_for_each()
    {
        Runs();
        Assert.True(OneShotRuns.Is(folder.Path));
        var runs = OneShotRuns.Open(folder.Path);
        Assert.Equal((2, 12), (runs.Runs.Count, runs.Images.Count));
        Assert.Equal("run01/test/item01.png", runs.Images.Files[runs.Runs[0][0].Test]);
        Assert.Equal("run01/training/class02.png", runs.Images.Files[runs.Runs[0][0].Known]);
        var outcome = OneShotTrial.OfInk(runs);
        Assert.Equal([0, 1], outcome.Errors);
        Assert.Equal(100.0 / 6, outcome.ErrorRate, 1e-9);
        Assert.Equal([2, 2], runs.Errors((_, known) => known)); // always the first named known image, that of the first question
    }

    [Fact]
    public void Distance_is_the_larger_of_both_mean_distances_to_the_nearest_ink()
    {
        Draw("a.png", (0, 0, 1, 2));                     // (0, 0), (0, 1): around their mean -0.5 and 0.5
        Draw("b.png", (7, 3, 1, 2), (7, 7, 1, 2));       // columns 3, 4, 7, 8: -2.5, -1.5, 1.5, 2.5
        var (a, b) = (Ink("a.png"), Ink("b.png"));
        Assert.Equal([(0, -0.5), (0, 0.5)], a);
        Assert.Equal(1.5, ModifiedHausdorff.Distance(a, b), 1e-12); // from a 1 and 1, from b 2, 1, 1 and 2
        Assert.Equal(1.5, ModifiedHausdorff.Distance(b, a), 1e-12);
        Assert.Equal(0, ModifiedHausdorff.Distance(b, b));
        Draw("empty.png");
        Assert.Contains("empty.png has no ink", Assert.Throws<ImageDataException>(() => Ink("empty.png")).Message, StringComparison.Ordinal);
    }

    private (double Row, double Column)[] Ink(string name) => ModifiedHausdorff.Ink(ImageFile.Read(folder.File(name)), name);

    [Theory]
    [InlineData("run01/test/item01.png", "should be 'runNN/test/item.png runNN/training/class.png', got 'run01/test/item01.png'")]
    [InlineData("run01/test/item09.png run01/training/class01.png", "line 1 names run01/test/item09.png, and there is no such file")]
    public void A_line_that_can_not_be_read_is_named(string line, string told)
    {
        Runs();
        File.WriteAllText(folder.File("run01/class_labels.txt"), line + "\n");
        Assert.Contains(told, Assert.Throws<ImageDataException>(() => OneShotRuns.Open(folder.Path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_without_runs_is_refused()
    {
        Assert.False(OneShotRuns.Is(folder.Path));
        Assert.Contains("unpack all_runs.zip", Assert.Throws<ImageDataException>(() => OneShotRuns.Open(folder.Path)).Message,
            StringComparison.Ordinal);
    }
}
