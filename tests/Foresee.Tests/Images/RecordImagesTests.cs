using Foresee.Encoders;
using Foresee.Images;

namespace Foresee.Tests.Images;

public sealed class RecordImagesTests : IDisposable
{
    private readonly Scratch scratch = new();

    public void Dispose() => scratch.Dispose();

    [Fact]
    public void CIFAR_10_is_all_its_batches_one_after_the_other_without_the_test_batch()
    {
        Records.WriteCifar10(scratch);
        var images = ImageSources.Open(scratch.Folder);
        Assert.Equal(Enumerable.Range(0, 4).Select(i => Records.Pixels(i, 32)), Records.Read(images));
        Assert.Equal((32, 32, 3), images.Read(3) is var image ? (image.Width, image.Height, image.Channels) : default);
        Assert.Equal([$"{scratch.At("data_batch_1.bin")}[2]", $"{scratch.At("data_batch_2.bin")}[0]"],
            [images.Describe(2), images.Describe(3)]);
        Assert.Null(ImageSources.OpenUnlabelled(scratch.Folder));
        Assert.Throws<ArgumentOutOfRangeException>(() => images.Read(4));
    }

    [Fact]
    public void CIFAR_100_has_two_bytes_before_its_pixels()
    {
        Records.WriteCifar100(scratch);
        Assert.Equal([Records.Pixels(0, 32), Records.Pixels(1, 32)], Records.Read(ImageSources.Open(scratch.Folder)));
    }

    [Fact]
    public void STL_10_lies_column_by_column_and_its_unlabelled_images_follow_the_training_images()
    {
        Records.WriteStl10(scratch);
        Assert.Equal(Enumerable.Range(0, 5).Select(i => Records.Pixels(i, 96)), Records.Read(ImageSources.Open(scratch.Folder)));
        Assert.Equal(Enumerable.Range(2, 3).Select(i => Records.Pixels(i, 96)), Records.Read(ImageSources.OpenUnlabelled(scratch.Folder)!));
        File.Delete(scratch.At("train_X.bin"));
        Assert.Equal(3, ImageSources.Open(scratch.Folder).Count);
    }

    [Fact]
    public void A_batch_holds_the_planes_as_the_file_of_CIFAR_does()
    {
        Records.WriteCifar10(scratch);
        using var loader = new ImageLoader(ImageSources.Open(scratch.Folder), new() { BatchSize = 4, Threads = 2 });
        using var batch = loader.Pass().Single();
        Assert.Equal([4, 3, 32, 32], batch.ToTensor().Shape);
        Assert.Equal(Enumerable.Range(0, 4).SelectMany(i => Records.Cifar(i)), batch.Pixels.ToArray());
    }

    [Fact]
    public void Images_come_in_another_form_when_asked()
    {
        Records.WriteCifar10(scratch);
        var images = ImageSources.Open(scratch.Folder);
        var whole = new Image(32, 32, 3, Records.Pixels(1, 32));
        Assert.Equal(ImageFile.Fit(whole, new(16, 16, 1), "").Pixels, images.Read(1, new(16, 16, 1)).Pixels);
        Assert.Contains("data_batch_1.bin[1] is too small: it has 32 x 32 pixels, fewer than the 64 x "
            + "64", Assert.Throws<UnreadableImageException>(() => images.Read(1, new(64, 64, 3))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_hash_changes_with_pixels_and_not_with_labels()
    {
        Records.WriteCifar10(scratch);
        string Hash() => ImageSources.Open(scratch.Folder).Hash();
        var hash = Hash();
        Assert.Matches("^[0-9a-f]{64}$", hash);
        scratch.Write("data_batch_2.bin", Records.Cifar(3, 1));
        Assert.Equal(hash, Hash());
        scratch.Write("data_batch_2.bin", [0, .. Records.Cifar(3)[..^1], 0]);
        Assert.NotEqual(hash, Hash());
    }

    [Fact]
    public void A_file_that_is_cut_off_or_empty_is_refused_with_its_length()
    {
        Records.WriteCifar10(scratch);
        scratch.Write("data_batch_2.bin", Records.Cifar(3, 1)[..3000]);
        Assert.Contains("has 3000 bytes, expected a multiple of 3073 (1 and 3 x 32 x 32 per image)",
            Assert.Throws<ImageDataException>(() => ImageSources.Open(scratch.Folder)).Message, StringComparison.Ordinal);
        scratch.Write("data_batch_2.bin", []);
        Assert.Contains("has 0 bytes", Assert.Throws<ImageDataException>(() => ImageSources.Open(scratch.Folder)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void An_image_that_is_cut_off_while_the_file_is_in_use_is_named_and_left_out()
    {
        Records.WriteCifar10(scratch);
        var images = ImageSources.Open(scratch.Folder);
        using (var file = new FileStream(scratch.At("data_batch_1.bin"), FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
            file.SetLength(4000);
        using var loader = new ImageLoader(images, new() { BatchSize = 4, Input = new(32, 32, 3) });
        Assert.Equal([0, 3], loader.Pass().SelectMany(batch => batch.Indices));
        Assert.Equal($"{scratch.At("data_batch_1.bin")}[1]", loader.Skipped[0].File);
    }
}
