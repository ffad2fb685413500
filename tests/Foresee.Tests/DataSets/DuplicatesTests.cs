using Foresee.DataSets;
using Foresee.Images;
using Foresee.Tests.Images;

namespace Foresee.Tests.DataSets;

public sealed class DuplicatesTests : IDisposable
{
    private readonly Scratch scratch = new();

    public void Dispose() => scratch.Dispose();

    /// <summary>Images of one value each; the class of all of them.</summary>
    private DataPart Part(Split split, string? label, params byte[] values)
    {
        foreach (var (index, value) in values.Index()) scratch.Png($"{split}/{label}/{index}.png", value);
        return new(split, new ImageFolder(scratch.At($"{split}/{label}")), label is null ? null : _ => label);
    }

    [Fact]
    public void Images_are_the_same_when_size_channels_and_pixels_are()
    {
        scratch.Png("a.png", 7);
        scratch.Png("b.png", 8);
        scratch.Png("c.png", 7, size: 5);
        scratch.Write("d.png", ImageFile.EncodePng(new(4, 4, 3, [.. Enumerable.Repeat((byte)7, 48)])));
        scratch.Write("e.png", ImageFile.EncodePng(new(8, 2, 1, [.. Enumerable.Repeat((byte)7, 16)])));
        scratch.Write("z.png", [.. File.ReadAllBytes(scratch.At("a.png")), 0]); // another file, the same pixels
        var found = Duplicates.Find([new(Split.Train, new ImageFolder(scratch.Folder), null)]);
        Assert.Equal(["a.png", "z.png"], Assert.Single(found.Groups).Images.Select(image => Path.GetFileName(image.File)));
    }

    [Fact]
    public void Sixteen_bit_images_are_compared_by_all_their_bits()
    {
        // All values are below 128, so that 8 bits would be black throughout.
        void Tiff(string name, Func<int, int> value) =>
            scratch.Write(name, new MadeTiff(8, 8, 1, 16) { Photometric = 1 }.File([.. Enumerable.Range(0, 64).Select(value)]));
        Tiff("a.tif", i => i);
        Tiff("b.tif", i => i + 1);
        Tiff("mirrored.tif", i => 63 - i); // each value as often as in a
        Tiff("same as a.tif", i => i);
        var found = Duplicates.Find([new(Split.Train, new ImageFolder(scratch.Folder), null)]);
        Assert.Equal(["a.tif", "same as a.tif"], Assert.Single(found.Groups).Images.Select(image => Path.GetFileName(image.File)));
    }

    [Fact]
    public void Duplicates_are_counted_within_and_between_the_parts()
    {
        var found = Duplicates.Find([Part(Split.Train, "cat", 1, 2, 2, 2, 3, 9), Part(Split.Train, "dog", 4, 9),
            Part(Split.Unlabelled, null, 5, 5, 6, 3), Part(Split.Test, "cat", 1, 6, 7, 8, 8)]);
        Assert.Equal([(Split.Train, 8), (Split.Unlabelled, 4), (Split.Test, 5)], found.Counts.Select(part => (part.Key, part.Value)));
        Assert.Equal((1, 1, 1), (found.Shared(Split.Test, Split.Train), found.Shared(Split.Test, Split.Unlabelled),
            found.Shared(Split.Train, Split.Unlabelled)));
        Assert.Equal((3, 1, 1), (found.Repeated(Split.Train), found.Repeated(Split.Unlabelled), found.Repeated(Split.Test)));
        Assert.Equal(7, found.Groups.Count);
        // those that matter most come first
        Assert.All(found.Groups.Take(2), group => Assert.True(group.IsIn(Split.Test) && group.Images[0].Split != Split.Test));
        Assert.Equal(["cat", "dog"], Assert.Single(found.Groups, group => group.Disagrees).Images.Select(image => image.Class));
    }

    [Fact]
    public void The_sentences_say_what_it_means_for_the_accuracy()
    {
        var found = Duplicates.Find([Part(Split.Train, "cat", 1, 1), Part(Split.Unlabelled, null, 2), Part(Split.Test, "dog", 1, 2, 3, 4)]);
        var text = string.Join('\n', DuplicateReport.Sentences(found));
        Assert.Contains("1 of 4 test images stand among the training images, too: a classifier may know them by heart, so up to 25 points",
            text, StringComparison.Ordinal);
        Assert.Contains("1 of 4 test images stand among the images without labels, too", text, StringComparison.Ordinal);
        Assert.Contains("1 of 2 training images repeat another", text, StringComparison.Ordinal);
        Assert.Contains("1 group has different labels for the same pixels", text, StringComparison.Ordinal);
        Assert.Equal(["No image occurs twice, pixel by pixel."],
            DuplicateReport.Sentences(Duplicates.Find([Part(Split.Train, "x", 1, 2)])));
    }

    [Fact]
    public void The_table_has_a_row_per_image_and_quotes_what_needs_it()
    {
        scratch.Png("a, b.png", 1);
        scratch.Png("c.png", 1);
        var group = Duplicates.Find([new(Split.Test, new ImageFolder(scratch.Folder), index => index == 0 ? "\"x\"" : "y")]);
        var hash = group.Groups[0].Hash;
        Assert.Equal($"group,split,file,class,sha256\n1,test,\"{scratch.At("a, b.png")}\",\"\"\"x\"\"\",{hash}\n1,test,{scratch.At("c.png")},y,{hash}\n", DuplicateReport.Csv(group));
        Assert.Equal($"test {scratch.At("a, b.png")} (\"x\") = test {scratch.At("c.png")} (y)", DuplicateReport.Line(group.Groups[0]));
    }

    [Fact]
    public void An_unreadable_image_is_named_and_no_duplicate_of_another()
    {
        scratch.Png("good.png", 1);
        foreach (var name in new[] { "bad.png", "worse.png" }) scratch.Write(name, [1, 2, 3]);
        var found = Duplicates.Find([new(Split.Train, new ImageFolder(scratch.Folder), null)]);
        Assert.Empty(found.Groups);
        Assert.Equal(1, found.Counts[Split.Train]);
        Assert.Equal(["bad.png", "worse.png"], found.Skipped.Select(image => Path.GetFileName(image.File)));
    }
}
