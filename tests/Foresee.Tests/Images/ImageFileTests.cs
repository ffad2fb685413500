using System.Text.Json;
using Foresee.Images;

namespace Foresee.Tests.Images;

/// <summary>Against the pixels that tests/fixtures/images/make_images.py stored beside the files it wrote.</summary>
public sealed class ImageFileTests
{
    private sealed record Expected(string File, int Width, int Height, int Channels, int Tolerance, byte[] Stored, byte[] Grey, byte[] Rgb);
    private sealed record Reduction(int Channels, int Width, int Height, byte[] Pixels, int ToWidth, int ToHeight, byte[] Reduced);
    private sealed record Fixtures(Expected[] Images, Reduction[] Reductions, byte[] Reduced);

    internal static readonly string Folder = FindFolder();
    private static readonly Fixtures Stored =
        JsonSerializer.Deserialize<Fixtures>(File.ReadAllText(Fixture("expected.json")), JsonSerializerOptions.Web)!;

    private static string FindFolder()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Foresee.slnx"))) folder = Path.GetDirectoryName(folder)!;
        return Path.Combine(folder, "tests", "fixtures", "images");
    }

    private static string Fixture(string file) => Path.Combine(Folder, file);

    public static TheoryData<string> Files => [.. Stored.Images.Select(image => image.File)];

    [Theory]
    [MemberData(nameof(Files))]
    public void Pixels_are_those_that_were_written(string file)
    {
        var expected = Stored.Images.Single(image => image.File == file);
        var read = ImageFile.Read(Fixture(file));
        Assert.Equal((expected.Width, expected.Height, expected.Channels), (read.Width, read.Height, read.Channels));
        Near(expected.Stored, read.Pixels, expected.Tolerance);
        Near(expected.Grey, ImageFile.Read(Fixture(file), new(expected.Height, expected.Width, 1)).Pixels, expected.Tolerance);
        Near(expected.Rgb, ImageFile.Read(Fixture(file), new(expected.Height, expected.Width, 3)).Pixels, expected.Tolerance);
    }

    private static void Near(byte[] expected, byte[] actual, int tolerance)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (var i = 0; i < expected.Length; i++)
            Assert.True(Math.Abs(expected[i] - actual[i]) <= tolerance, $"Byte {i} is {actual[i]}, stored {expected[i]}.");
    }

    private static double MeanDifference(byte[] a, byte[] b) => a.Zip(b, (x, y) => Math.Abs(x - y)).Average();

    [Theory]
    [InlineData("smooth.png", 1.0)]
    [InlineData("smooth.jpg", 2.0)]
    [InlineData("smooth-progressive.jpg", 2.0)]
    public void A_reduced_image_covers_the_size_and_is_cropped_around_its_centre(string file, double tolerance)
    {
        var read = ImageFile.Read(Fixture(file), new(24, 24, 3));
        Assert.Equal((24, 24, 3), (read.Width, read.Height, read.Channels));
        Assert.InRange(MeanDifference(Stored.Reduced, read.Pixels), 0, tolerance);
    }

    [Fact]
    public void Reduction_in_memory_is_Pillows_Lanczos_filter()
    {
        Assert.Equal(5, Stored.Reductions.Length);
        foreach (var given in Stored.Reductions)
        {
            var image = new Image(given.Width, given.Height, given.Channels, given.Pixels);
            var reduced = ImageFile.Fit(image, new(given.ToHeight, given.ToWidth, given.Channels), "noise").Pixels;
            Near(given.Reduced, reduced, 1);
            Assert.InRange(MeanDifference(given.Reduced, reduced), 0, 0.01);
        }
    }

    [Theory]
    [InlineData("stripes-grey-16.png", 1)]
    [InlineData("stripes-grey-16.tif", 1)]
    [InlineData("stripes-grey-16.png", 3)]
    [InlineData("stripes-grey-alpha-16.png", 1)]
    [InlineData("stripes-rgb-16.png", 3)]
    [InlineData("stripes-rgb-16.png", 1)]
    [InlineData("stripes-rgba-16.png", 3)]
    public void Sixteen_bits_reduced_are_as_exact_as_unreduced(string file, int channels)
    {
        int[] expected = [0, 0, 1, 1, 253, 255]; // of 0, 128, 129, 255, 65024, 65535
        foreach (var (height, width) in new[] { (48, 96), (24, 48) })
        {
            var read = ImageFile.Read(Fixture(file), new(height, width, channels));
            Assert.Equal(16, read.StoredBits);
            for (var stripe = 0; stripe < 6; stripe++)
            {
                var middle = (height / 2 * width + (2 * stripe + 1) * width / 12) * channels;
                Assert.All(read.Pixels[middle..(middle + channels)], value => Assert.Equal(expected[stripe], value));
            }
        }
    }

    [Fact]
    public void What_cant_be_seen_does_not_bleed_into_a_reduced_image()
    {
        var read = ImageFile.Read(Fixture("half-seen.png"), new(24, 32, 3)); // red beside transparent green
        for (var i = 0; i < read.Pixels.Length; i += 3)
        {
            Assert.InRange(read.Pixels[i], 254, 255);
            Assert.InRange(Math.Abs(read.Pixels[i + 1] - read.Pixels[i + 2]), 0, 1); // green only as part of white
        }
        Assert.Equal([255, 0, 0], read.Pixels[..3]);
        Assert.Equal([255, 255, 255], read.Pixels[^3..]);
    }

    [Fact]
    public void A_crop_without_reduction_keeps_the_pixels()
    {
        var whole = ImageFile.Read(Fixture("smooth.png")); // 64 x 48
        var crop = ImageFile.Read(Fixture("smooth.png"), new(48, 50, 3));
        for (var y = 0; y < 48; y++)
            Assert.Equal(whole.Pixels.AsSpan((y * 64 + 7) * 3, 150), crop.Pixels.AsSpan(y * 150, 150));
    }

    [Fact]
    public void A_turned_photograph_is_cropped_upright()
    {
        var read = ImageFile.Read(Fixture("turned.jpg"), new(64, 24, 3)); // stored as 64 x 48, seen as 48 x 64
        var upright = ImageFile.Read(Fixture("turned.jpg"));
        Assert.Equal((48, 64), (upright.Width, upright.Height));
        for (var y = 0; y < 64; y++)
            Near(upright.Pixels.AsSpan((y * 48 + 12) * 3, 72).ToArray(), read.Pixels.AsSpan(y * 72, 72).ToArray(), 0);
    }

    [Fact]
    public void An_image_smaller_than_the_crop_is_refused_or_enlarged_as_asked()
    {
        var path = Fixture("rgb.png"); // 13 x 9
        var error = Assert.Throws<UnreadableImageException>(() => ImageFile.Read(path, new(9, 16, 3)));
        Assert.Equal($"{path} is too small: it has 13 x 9 pixels, fewer than the 16 x 9 that are read; enlarge it to have it "
            + $"taken.", error.Message);
        var read = ImageFile.Read(path, new(32, 32, 1) { Small = SmallImages.Enlarge });
        Assert.Equal((32, 32, 1, 1024), (read.Width, read.Height, read.Channels, read.Pixels.Length));
        Assert.Throws<UnreadableImageException>(() => ImageFile.Fit(new(4, 4, 1, new byte[16]), new(8, 8, 1), "memory"));
    }

    [Theory]
    [InlineData("truncated.png", "it is cut off: the file ends before its picture does")]
    [InlineData("truncated.jpg", "it is cut off: the file ends before its picture does")]
    [InlineData("corrupt.png", "its PNG data are damaged, or of a kind that is not read (vipspng: libpng read error)")]
    [InlineData("empty.png", "the file is empty, or no ordinary file (a pipe, a socket, a device)")]
    [InlineData("text.jpg", "it is text, not an image")]
    [InlineData("missing.png", "there is no such file")]
    [InlineData("float.tif", "its values are floating-point numbers of 32 bits; convert it to 8 or 16 bits without a sign")]
    public void A_damaged_file_is_refused_with_its_name_and_the_reason(string file, string reason)
    {
        foreach (var read in new Action[] { () => ImageFile.Read(Fixture(file)), () => ImageFile.Read(Fixture(file), new(2, 2, 3)) })
        {
            var error = Assert.Throws<UnreadableImageException>(read);
            Assert.Equal(Fixture(file), error.File);
            Assert.Equal(reason, error.Reason);
        }
    }

    [Fact]
    public void A_folder_named_like_an_image_is_no_image() =>
        Assert.Throws<UnreadableImageException>(() => ImageFile.Read(Folder));

    [Fact]
    public void Reasons_belong_to_their_own_file_when_threads_fail_together() =>
        Parallel.For(0, 200, new ParallelOptions { MaxDegreeOfParallelism = 4 }, i =>
        {
            var file = new[] { "empty.png", "text.jpg", "truncated.jpg", "corrupt.png" }[i % 4];
            var alone = Assert.Throws<UnreadableImageException>(() => ImageFile.Read(Fixture(file))).Reason;
            Assert.Equal(file switch
            {
                "empty.png" => "the file is empty, or no ordinary file (a pipe, a socket, a device)",
                _ =>
                Reasons.Value[file]
            }, alone);
        });

    private static readonly Lazy<Dictionary<string, string>> Reasons = new(() => new[] { "text.jpg", "truncated.jpg", "corrupt.png" }
        .ToDictionary(file => file, file => Assert.Throws<UnreadableImageException>(() => ImageFile.Read(Fixture(file))).Reason));

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Png_comes_back_as_it_was_encoded(int channels)
    {
        var image = new Image(7, 5, channels, [.. Enumerable.Range(0, 35 * channels).Select(i => (byte)(i * 37))]);
        var path = Path.Combine(Path.GetTempPath(), $"foresee-{Guid.NewGuid():N}.png");
        try
        {
            File.WriteAllBytes(path, ImageFile.EncodePng(image));
            var read = ImageFile.Read(path);
            Assert.Equal((7, 5, channels), (read.Width, read.Height, read.Channels));
            Assert.Equal(image.Pixels, read.Pixels);
        }
        finally
        {
            File.Delete(path);
        }
    }
}
