using System.Text;
using Foresee.Images;

namespace Foresee.Tests.Images;

public sealed class ImageListTests : IDisposable
{
    private readonly Scratch scratch = new();

    public void Dispose() => scratch.Dispose();

    private IImageSource Open(string text) => ImageSources.Open(scratch.Write("lists/list.csv", Encoding.UTF8.GetBytes(text)));

    private string[] Files(string text) => Open(text) is var images ? [.. Enumerable.Range(0, images.Count).Select(images.Describe).Select(Path.GetFullPath)] : [];

    [Theory]
    [InlineData("path,label\na.png,cat\n../b.png,dog\n")]
    [InlineData("a.png,cat\r\n../b.png,dog\r\n")]
    [InlineData("\ufeffa.png\n\n../b.png")]
    [InlineData("a.png , cat\n \"../b.png\" ,\n")]
    public void Paths_are_relative_to_the_file_and_a_header_and_labels_are_not_looked_at(string text)
    {
        Assert.Equal([scratch.At("lists/a.png"), scratch.At("b.png")], Files(text));
    }

    [Fact]
    public void Quotes_hold_commas_and_quotes_and_a_path_may_be_absolute() =>
        Assert.Equal([scratch.At("lists/a, \"b\".png"), scratch.At("c.png")], Files($"\"a, \"\"b\"\".png\",x\n{scratch.At("c.png")},y\n"));

    [Fact]
    public void A_path_may_hold_a_line_break_and_lines_are_counted_as_an_editor_does()
    {
        Assert.Equal([scratch.At("lists/a\nb.png"), scratch.At("c.png")], Files("path,label\r\n\"a\nb.png\",x\r\n\r\n../c.png,y\r\n"));
        var error = Assert.Throws<ImageDataException>(() => Open("\"a\nb.png\",x\n\nc.png,y,z\n"));
        Assert.Contains("line 4 is 'c.png,y,z'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_without_an_images_ending_counts_where_it_exists()
    {
        scratch.Png("lists/first");
        Assert.Equal([scratch.At("lists/first"), scratch.At("lists/second")], Files("first,x\nsecond,y\n"));
        Assert.Equal(scratch.At("lists/second"), Assert.Single(Files("other,x\nsecond,y\n"))); // the first is a header
    }

    [Fact]
    public void A_missing_file_is_named_counted_and_left_out()
    {
        scratch.Png("lists/a.png", 3);
        using var loader = new ImageLoader(Open("a.png\nmissing.png\n"), new() { BatchSize = 2 });
        Assert.Equal([0], loader.Pass().SelectMany(batch => batch.Indices));
        var skipped = Assert.Single(loader.Skipped);
        Assert.Equal(scratch.At("lists/missing.png"), skipped.File);
        Assert.Equal("there is no such file", skipped.Reason);
    }

    [Theory]
    [InlineData("", "names no images")]
    [InlineData("path,label\n", "names no images")]
    [InlineData("a.png,cat,3\n", "line 1 is 'a.png,cat,3', expected path,label")]
    [InlineData("a.png,cat\n,dog\n", "line 2 is ',dog', expected path,label")]
    [InlineData("a.png,cat\nb.png,dog\n./a.png,dog\n", "line 3 names ./a.png again (first in line 1)")]
    [InlineData("a.png,\"cat\n", "(line 1): a quoted field that is never closed")]
    public void What_is_no_list_is_refused_with_the_line(string text, string reason)
    {
        var error = Assert.Throws<ImageDataException>(() => Open(text));
        Assert.StartsWith(scratch.At("lists/list.csv"), error.Message, StringComparison.Ordinal);
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
    }
}
