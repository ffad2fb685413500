using System.Security.Cryptography;
using Foresee.Encoders;
using Foresee.Images;

namespace Foresee.Tests.Images;

public sealed class IdxTests : IDisposable
{
    private static readonly byte[] Data = [.. Enumerable.Range(0, 24).Select(i => (byte)i)];
    private readonly Scratch scratch = new();

    public void Dispose() => scratch.Dispose();

    [Theory]
    [InlineData("plain-idx3-ubyte")]
    [InlineData("packed-idx3-ubyte.gz")]
    public void Images_lie_row_by_row_one_after_the_other(string name)
    {
        var images = new IdxImages(scratch.Idx(name, [4, 2, 3], Data));
        Assert.Equal((4, 2, 3, 1), (images.Count, images.Height, images.Width, images.Channels));
        Assert.Equal(Data[12..18], images.Read(2).Pixels);
        Assert.Equal($"{scratch.At(name)}[2]", images.Describe(2));
        Assert.True(images.Holds(new(2, 3, 1)));
        Assert.Equal(Data[..6], images.Read(0, new(2, 3, 1)).Pixels);
    }

    [Fact]
    public void The_hash_is_of_the_plain_file_and_changes_with_every_byte()
    {
        var plain = new IdxImages(scratch.Idx("a", [4, 2, 3], Data));
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(scratch.At("a")))), plain.Hash());
        Assert.Equal(plain.Hash(), new IdxImages(scratch.Idx("b.gz", [4, 2, 3], Data)).Hash());
        Assert.NotEqual(plain.Hash(), new IdxImages(scratch.Idx("c", [4, 3, 2], Data)).Hash());
    }

    [Fact]
    public void A_fourth_dimension_is_colour()
    {
        var images = new IdxImages(scratch.Idx("rgb", [2, 2, 2, 3], Data));
        Assert.Equal(3, images.Channels);
        using var loader = new ImageLoader(images, new() { BatchSize = 2 });
        using var batch = loader.Pass().Single();
        Assert.Equal([2, 3, 2, 2], batch.ToTensor().Shape);
        Assert.Equal([0, 3, 6, 9, 1, 4, 7, 10, 2, 5, 8, 11], batch.Pixels.ToArray()[..12]); // red plane, green, blue
    }

    [Fact]
    public void Images_come_in_another_form_when_asked()
    {
        var images = new IdxImages(scratch.Idx("a", [1, 4, 6], Data));
        Assert.Equal(Data.SelectMany(v => new[] { v, v, v }), images.Read(0, new(4, 6, 3)).Pixels);
        Assert.Equal([1, 2, 3, 4, 7, 8, 9, 10, 13, 14, 15, 16, 19, 20, 21, 22], images.Read(0, new(4, 4, 1)).Pixels);
        Assert.Contains("[0] is too small: it has 6 x 4 pixels, fewer than the 8 x "
            + "8", Assert.Throws<UnreadableImageException>(() => images.Read(0, new(8, 8, 1))).Message, StringComparison.Ordinal);
        Assert.Equal((12, 8), images.Read(0, new(8, 12, 1) { Small = SmallImages.Enlarge }) is var large
            ? (large.Width, large.Height) : default);
    }

    public static TheoryData<string, byte[], string> Damaged => new()
    {
        { "no idx", [0x89, 0x50, 0x4E, 0x47, 1, 2], "starts with the bytes 89504E47" },
        { "floats", [0, 0, 0x0D, 3, 0, 0, 0, 1], "IDX type 0x0D" },
        { "labels", [0, 0, 8, 1, 0, 0, 0, 1, 5], "has 1 dimensions, expected 3 or 4" },
        { "no images", [0, 0, 8, 3, .. Scratch.BigEndian(0), .. Scratch.BigEndian(2), .. Scratch.BigEndian(2)], "dimension 0 has size 0" },
        { "short header", [0, 0, 8, 3, 0, 0], "damaged or cut off" },
        { "nothing", [], "damaged or cut off" },
        { "cut off", [0, 0, 8, 3, .. Scratch.BigEndian(2), .. Scratch.BigEndian(2), .. Scratch.BigEndian(2), 1, 2, 3],
            "ends after 3 of 8 bytes" },
        { "longer", [0, 0, 8, 3, .. Scratch.BigEndian(1), .. Scratch.BigEndian(1), .. Scratch.BigEndian(1), 1, 2],
            "goes on after the 1 bytes" },
        { "huge", [0, 0, 8, 3, .. Scratch.BigEndian(-1), .. Scratch.BigEndian(-1), .. Scratch.BigEndian(-1), 1], "more than" },
        { "false promise", [0, 0, 8, 3, .. Scratch.BigEndian(2000), .. Scratch.BigEndian(1000), .. Scratch.BigEndian(1000), 1],
            "ends after 1 of 2000000000 bytes" },
    };

    [Theory]
    [MemberData(nameof(Damaged))]
    public void A_damaged_file_is_refused_with_the_reason(string name, byte[] content, string reason)
    {
        foreach (var file in new[] { name, name + ".gz" })
        {
            var path = scratch.Write(file, Scratch.Pack(file, content));
            var error = Assert.Throws<ImageDataException>(() => new IdxImages(path));
            Assert.StartsWith(path, error.Message, StringComparison.Ordinal);
            if (name != "nothing" || file == name) Assert.Contains(reason, error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_gzip_file_that_is_cut_off_or_corrupt_is_refused()
    {
        var whole = File.ReadAllBytes(scratch.Idx("whole.gz", [40, 20, 30], [.. Enumerable.Range(0, 24_000).Select(i => (byte)(i * i))]));
        var cut = scratch.Write("cut.gz", whole[..(whole.Length / 2)]);
        Assert.StartsWith(cut, Assert.Throws<ImageDataException>(() => new IdxImages(cut)).Message, StringComparison.Ordinal);
        var corrupt = scratch.Write("corrupt.gz", [.. whole[..20], .. whole[30..]]);
        Assert.StartsWith(corrupt, Assert.Throws<ImageDataException>(() => new IdxImages(corrupt)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_of_idx_files_opens_its_training_part()
    {
        scratch.Idx("train-images-idx3-ubyte.gz", [4, 2, 3], Data);
        scratch.Idx("t10k-images-idx3-ubyte.gz", [2, 3, 4], Data);
        Assert.Equal(4, ImageSources.Open(scratch.Folder).Count);
        Assert.Equal(2, ImageSources.Open(scratch.At("t10k-images-idx3-ubyte.gz")).Count);
        scratch.Idx("train-images-idx3-ubyte", [4, 2, 3], Data); // unpacked beside it
        Assert.Equal(4, ImageSources.Open(scratch.Folder).Count);
        scratch.Idx("emnist-train-images.idx3-ubyte", [4, 2, 3], Data);
        Assert.Contains("several train files", Assert.Throws<ImageDataException>(() => ImageSources.Open(scratch.Folder)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_with_test_images_only_is_an_error()
    {
        scratch.Idx("t10k-images-idx3-ubyte", [4, 2, 3], Data);
        Assert.Contains("no training images", Assert.Throws<ImageDataException>(() => ImageSources.Open(scratch.Folder)).Message,
            StringComparison.Ordinal);
    }
}
