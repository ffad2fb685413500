using System.Text;
using Foresee.Images;

namespace Foresee.Tests.Images;

public sealed class ImageListTests : IDisposable
{
    private readonly Scratch scratch = new();

    public void Dispose() => scratch.Dispose();

    private IImageSource Open(string text) => ImageSources.Open(scratch.Write("lists/list.csv", Encoding.UTF8.GetBytes(text)));

    private string[] Files(string text) => Open(text) is var images
        ? [.. Enumerable.Range(0, images.Count).Select(images.Describe).Select(Path.GetFullPath)] : [];

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
        Assert.Contains("line 4 is 'c.png,y,z': 3 columns", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_without_an_images_ending_counts_where_it_exists()
    {
        scratch.Png("lists/first");
        Assert.Equal([scratch.At("lists/first"), scratch.At("lists/second")], Files("first,x\nsecond,y\n"));
        Assert.Equal(scratch.At("lists/second"), Assert.Single(Files("other,x\nsecond,y\n"))); // the first is a header
    }

    [Fact]
    public void A_first_line_that_is_taken_for_a_header_without_saying_so_is_counted_and_so_are_remarks()
    {
        Assert.Empty(Open("path,label\na.png,cat\n").PassedOver);
        Assert.Equal("1 first line ('img_1,cat') taken for a header", Assert.Single(Open("img_1,cat\na.png,cat\n").PassedOver)
            .ToString());
        var remarked = Open("# by two people\npath,label\na.png,cat,,\n");
        Assert.Equal((1, "1 remark (line 1) in the list"), (remarked.Count, Assert.Single(remarked.PassedOver).ToString()));
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
    [InlineData("a.png,cat,3\n",
        "line 1 is 'a.png,cat,3': 3 columns; write path,label or a path alone, and put a path that holds a comma in quotes.")]
    [InlineData(",path,label\n0,a.png,cat\n", "line 2 is '0,a.png,cat': 3 columns, of which the second is the path; write path,label")]
    [InlineData("a.png,cat\n,dog\n", "line 2 is ',dog': the path is missing; write path,label or a path alone.")]
    [InlineData("path;label\na.png;cat\n", "line 2 is 'a.png;cat': its fields stand apart by ';', expected ','")]
    [InlineData("a.png\tcat\n", "its fields stand apart by a tab, expected ','")]
    [InlineData("label,path\ncat,a.png\n", "line 2 is 'cat,a.png': the label stands before the path; write path,label")]
    [InlineData("a.png,cat\nb.png,dog\n./a.png,dog\n", "line 3 names ./a.png again (first in line 1)")]
    [InlineData("a.png,\"cat\n", "(line 1): a quoted field that is never closed")]
    public void What_is_no_list_is_refused_with_the_line(string text, string reason)
    {
        var error = Assert.Throws<ImageDataException>(() => Open(text));
        Assert.StartsWith(scratch.At("lists/list.csv"), error.Message, StringComparison.Ordinal);
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
    }
}
