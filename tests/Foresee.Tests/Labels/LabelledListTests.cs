using System.Text;
using Foresee.Images;
using Foresee.Labels;
using Foresee.Tests.Images;

namespace Foresee.Tests.Labels;

public sealed class LabelledListTests : IDisposable
{
    private readonly Scratch scratch = new();

    public void Dispose() => scratch.Dispose();

    private string Write(string text) => scratch.Write("list.csv", Encoding.UTF8.GetBytes(text));

    private string Message(string text) => Assert.Throws<ImageDataException>(() => LabelledSources.Open(Write(text))).Message;

    [Fact]
    public void Labels_stand_beside_their_paths_and_classes_are_in_ordinal_order()
    {
        foreach (var file in new[] { "a.png", "b.png", "deep/c.png" }) scratch.Png(file);
        var splits = LabelledSources.Open(Write("file,class\na.png,dog\nb.png,\"cat, large\"\ndeep/c.png,dog\nmissing.png,dog\n"));
        Assert.Null(splits.Test);
        Assert.Equal(["cat, large", "dog"], splits.Train.Classes);
        Assert.Equal([1, 0, 1, 1], splits.Train.Labels);
        var readable = splits.Train.Readable(new(4, 4, 1));
        Assert.Equal([1, 0, 1], readable.Labels);
        Assert.Equal(scratch.At("missing.png"), Assert.Single(readable.Skipped).File);
    }

    [Fact]
    public void A_label_in_some_lines_only_is_refused_with_the_first_that_lacks_it()
    {
        Assert.Contains("has labels for 1 of its 3 images; line 2 (b.png) is the first without", Message("a.png,dog\nb.png\nc.png,\n"),
            StringComparison.Ordinal);
        Assert.Contains("has labels for 0 of its 1 images; line 2 (a.png)", Message("path\na.png\n"), StringComparison.Ordinal);
        Assert.Contains("one class only (dog)", Message("a.png,dog\nb.png,dog\n"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_label_that_programs_write_where_one_is_missing_is_no_class() =>
        Assert.Contains("line 2 (b.png) has the label 'nan', which programs write where a label is missing",
            Message("a.png,dog\nb.png,nan\n"), StringComparison.Ordinal);

    [Fact]
    public void Classes_that_look_alike_are_found()
    {
        var classes = LabelledSources.Open(Write("a.png,Cat\nb.png,cat\nc.png,dog\nd.png,1\ne.png,1.0\nf.png,sea-gull\ng.png,sea "
                + "gull\n")).Train.LookAlikes();
        Assert.Equal(["1 1.0", "Cat cat", "sea gull sea-gull"], classes.Select(alike => string.Join(' ', alike))
            .Order(StringComparer.Ordinal));
    }
}
