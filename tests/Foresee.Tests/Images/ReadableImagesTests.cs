using Foresee.Images;

namespace Foresee.Tests.Images;

public sealed class ReadableImagesTests : IDisposable
{
    private static readonly InputFormat Input = new(4, 4, 1);
    private readonly Scratch scratch = new();

    public void Dispose() => scratch.Dispose();

    [Fact]
    public void What_cant_be_read_is_named_and_the_rest_keeps_its_order()
    {
        scratch.Png("a.png", 10);
        scratch.Write("b.png", [1, 2, 3]);
        scratch.Png("c.png", 30);
        File.CreateSymbolicLink(scratch.At("d.png"), scratch.At("nowhere.png"));
        var folder = new ImageFolder(scratch.Folder);
        var images = new ReadableImages(folder, Input);
        Assert.Equal([0, 2], images.Indices);
        Assert.Equal([scratch.At("a.png"), scratch.At("c.png")], Enumerable.Range(0, images.Count).Select(images.Describe));
        Assert.Equal([scratch.At("b.png"), scratch.At("d.png")], images.Skipped.Select(image => image.File));
        Assert.All(images.Skipped, image => Assert.NotEmpty(image.Reason));
        Assert.Equal(30, images.Read(1).Pixels[0]);
        Assert.Equal(30, images.Read(1, Input).Pixels[0]);
        Assert.Equal(folder.Hash(), images.Hash());
    }

    [Fact]
    public void An_image_is_decoded_once()
    {
        scratch.Png("a.png", 10);
        scratch.Png("b.png", 20);
        var images = new ReadableImages(new ImageFolder(scratch.Folder), Input);
        File.Delete(scratch.At("b.png"));
        var planes = new byte[Input.Bytes];
        images.ReadPlanes(1, Input, planes);
        Assert.All(planes, value => Assert.Equal(20, value));
        Assert.All(images.Read(1, Input).Pixels, value => Assert.Equal(20, value));
        Assert.Throws<UnreadableImageException>(() => images.ReadPlanes(1, new(2, 2, 3), new byte[12])); // another form is read anew
    }

    [Fact]
    public void Not_one_readable_image_is_an_error_that_names_the_first()
    {
        scratch.Write("a.png", []);
        var error = Assert.Throws<ImageDataException>(() => new ReadableImages(new ImageFolder(scratch.Folder), Input));
        Assert.Contains("None of the 1 images", error.Message, StringComparison.Ordinal);
        Assert.Contains(scratch.At("a.png"), error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Sixteen_bit_images_are_counted()
    {
        scratch.Png("a.png", size: 96);
        scratch.Write("b.png", File.ReadAllBytes(Path.Combine(ImageFileTests.Folder, "stripes-grey-16.png")));
        scratch.Write("c.png", File.ReadAllBytes(Path.Combine(ImageFileTests.Folder, "stripes-rgb-16.png")));
        var folder = new ImageFolder(scratch.Folder);
        Assert.Equal(2, new ReadableImages(folder, new(24, 48, 1)).SixteenBit);
        using var loader = new ImageLoader(folder, new() { BatchSize = 3, Input = new(24, 48, 1), CacheBytes = 0 });
        Assert.Equal(0, loader.SixteenBit);
        foreach (var batch in loader.Batches().Take(4)) batch.Dispose(); // each epoch anew, counted once
        Assert.Equal(2, loader.SixteenBit);
    }

    [Fact]
    public void Colours_come_plane_by_plane()
    {
        scratch.Write("a.png", ImageFile.EncodePng(new(2, 1, 3, [1, 2, 3, 4, 5, 6])));
        var planes = new byte[6];
        var images = new ReadableImages(new ImageFolder(scratch.Folder), new(1, 2, 3));
        images.ReadPlanes(0, new(1, 2, 3), planes);
        Assert.Equal([1, 4, 2, 5, 3, 6], planes);
        Assert.Equal([1, 2, 3, 4, 5, 6], images.Read(0, new(1, 2, 3)).Pixels);
    }
}
