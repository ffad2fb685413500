using Foresee.Encoders;
using Foresee.Images;

namespace Foresee.Tests.Images;

public sealed class ImageFolderTests : IDisposable
{
    private readonly Scratch scratch = new();

    public void Dispose() => scratch.Dispose();

    [Fact]
    public void All_image_files_are_found_in_ordinal_order_and_nothing_else()
    {
        foreach (var file in new[] { "b.png", "a/2.PNG", "a/10.png", "a/b/c/1.png", "Z.png", ".hidden.png", ".thumbs/x.png", "a/.x.png" })
            scratch.Png(file);
        scratch.Write("notes.txt", [1]);
        scratch.Write("c", [1]);
        var folder = new ImageFolder(scratch.Folder);
        Assert.Equal(["Z.png", "a/10.png", "a/2.PNG", "a/b/c/1.png", "b.png"], folder.Files);
        Assert.Equal(scratch.At("a/10.png"), folder.Describe(1));
    }

    [Fact]
    public void The_hash_changes_with_a_name_a_size_or_a_byte_and_not_with_the_place()
    {
        using var other = new Scratch();
        foreach (var place in new[] { scratch, other })
        {
            place.Png("a.png", 1);
            place.Png("b.png", 2);
        }
        string Hash(Scratch place) => new ImageFolder(place.Folder).Hash();
        var hash = Hash(scratch);
        Assert.Matches("^[0-9a-f]{64}$", hash);
        Assert.Equal(hash, Hash(other));
        other.Png("b.png", 3);
        Assert.NotEqual(hash, Hash(other));
        other.Png("b.png", 2);
        Assert.Equal(hash, Hash(other));
        File.Move(other.At("b.png"), other.At("c.png"));
        Assert.NotEqual(hash, Hash(other));
    }

    [Fact]
    public void A_folder_with_train_and_test_opens_train()
    {
        scratch.Png("train/x/1.png");
        scratch.Png("train/2.png");
        scratch.Png("val/x/3.png");
        Assert.Equal(["2.png", "x/1.png"], ((ImageFolder)ImageSources.Open(scratch.Folder)).Files);
    }

    [Fact]
    public void A_train_folder_without_a_test_folder_is_like_any_other()
    {
        scratch.Png("train/1.png");
        scratch.Png("more/2.png");
        Assert.Equal(2, ImageSources.Open(scratch.Folder).Count);
    }

    [Fact]
    public void One_file_is_a_source_of_one_image() =>
        Assert.Equal([7, 7], ImageSources.Open(scratch.Png("one.png", 7)).Read(0).Pixels[..2]);

    [Fact]
    public void A_missing_an_empty_and_an_imageless_folder_are_named_with_what_was_expected()
    {
        string Message(string path) => Assert.Throws<ImageDataException>(() => ImageSources.Open(path)).Message;
        Assert.Equal($"There is no folder {scratch.At("none")}, and no data set of this name is known (known: "
            + $"{string.Join(", ", KnownData.Names)}); check the path.", Message(scratch.At("none")));
        Assert.Contains("holds no images: it is empty. Images end in .png", Message(scratch.Folder), StringComparison.Ordinal);
        scratch.Write("readme.txt", [1]);
        Assert.Contains("holds no images: it has 1 .txt file (readme.txt), no image by its ending. Images end in .png",
            Message(scratch.Folder), StringComparison.Ordinal);
    }

    [Fact]
    public void Mixed_sizes_and_damaged_files_become_full_batches_of_one_size()
    {
        for (byte i = 0; i < 12; i++) scratch.Png($"{i:00}.png", i, 8 + i);
        scratch.Write("03.png", []);
        scratch.Write("05.png", File.ReadAllBytes(scratch.At("05.png"))[..40]);
        scratch.Write("99.jpg", [1, 2, 3, 4]);
        using var loader = new ImageLoader(new ImageFolder(scratch.Folder), new() { BatchSize = 5, Input = new(8, 8, 3) });
        foreach (var batch in loader.Batches().Take(20)) // each epoch of 13 leaves 3 out: ten of them meet every file
        {
            Assert.Equal([5, 3, 8, 8], batch.ToTensor().Shape);
            Assert.Equal(batch.Indices.SelectMany(i => Enumerable.Repeat((byte)i, 3 * 64)), batch.Pixels.ToArray());
            batch.Dispose();
        }
        Assert.Equal(["03.png", "05.png", "99.jpg"], loader.Skipped.Select(s => Path.GetFileName(s.File)));
        Assert.StartsWith("the file is empty", loader.Skipped[0].Reason, StringComparison.Ordinal);
        Assert.Equal(10, loader.Pass().SelectMany(b => b.Indices).Count());
    }

    [Fact]
    public void The_first_readable_image_sets_what_the_options_leave_open()
    {
        scratch.Write("0.png", []);
        scratch.Png("1.png", 1, 6);
        scratch.Png("2.png", 1, 7);
        using var loader = new ImageLoader(new ImageFolder(scratch.Folder), new());
        Assert.Equal(new InputFormat(6, 6, 1), loader.Input);
        Assert.Equal("0.png", Path.GetFileName(Assert.Single(loader.Skipped).File));
    }

    [Fact]
    public void An_image_smaller_than_the_crop_is_named_and_left_out_or_enlarged_as_asked()
    {
        scratch.Png("large.png", 1, 16);
        scratch.Png("small.png", 1, 8);
        var options = new LoaderOptions { BatchSize = 2, Input = new(12, 12, 1) };
        using var loader = new ImageLoader(new ImageFolder(scratch.Folder), options);
        using (var left = loader.Batches().First()) Assert.DoesNotContain(1, left.Indices);
        var skipped = Assert.Single(loader.Skipped);
        Assert.Equal(scratch.At("small.png"), skipped.File);
        Assert.Equal("it has 8 x 8 pixels, fewer than the 12 x 12 that are read; enlarge it to have it taken", skipped.Reason);
        using var enlarging = new ImageLoader(new ImageFolder(scratch.Folder),
            options with { Input = options.Input! with { Small = SmallImages.Enlarge } });
        using var batch = enlarging.Batches().First();
        Assert.Equal(Enumerable.Repeat((byte)1, 288), batch.Pixels.ToArray());
    }
}
