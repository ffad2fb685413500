using Foresee.Encoders;
using Foresee.Images;

namespace Foresee.Tests.Images;

/// <summary>Channels beyond grey and RGB, and 16 bits, against values that the test itself wrote into the file.</summary>
public sealed class ManyChannelsTests : IDisposable
{
    private const int Width = 11, Height = 8;
    private readonly Scratch scratch = new();

    public void Dispose() => scratch.Dispose();

    private static int[] Noise(int channels, int bits, int width = Width, int height = Height)
    {
        var random = new Random(channels);
        return [.. Enumerable.Range(0, width * height * channels).Select(_ => random.Next(1 << bits))];
    }

    private string Write(MadeTiff tiff, int[] values, string name = "image.tif") => scratch.Write(name, tiff.File(values));

    /// <summary>Through the window, rounded.</summary>
    private static byte Level(int value, int black = 0, int white = 65535) =>
        (byte)Math.Clamp(Math.Floor((value - black) * 255.0 / (white - black) + 0.5), 0, 255);

    public static TheoryData<int, int, int, bool> Kinds
    {
        get
        {
            var kinds = new TheoryData<int, int, int, bool>();
            foreach (var (channels, photometric) in new[] { (2, 1), (4, 1), (4, 2), (5, 1), (5, 2), (12, 1) })
                foreach (var bits in new[] { 8, 16 })
                    foreach (var planes in new[] { false, true }) kinds.Add(channels, bits, photometric, planes);
            return kinds;
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Channels_that_are_not_alpha_are_read_as_they_were_written(int channels, int bits, int photometric, bool planes)
    {
        var values = Noise(channels, bits);
        var path = Write(new(Width, Height, channels, bits)
        {
            Photometric = photometric,
            Planes = planes,
            Extra = new int[channels - (photometric == 1 ? 1 : 3)]
        }, values);
        byte[] expected = [.. values.Select(value => bits == 8 ? (byte)value : Level(value))];
        foreach (var read in new[] { ImageFile.Read(path), ImageFile.Read(path, new(Height, Width, channels)) })
        {
            Assert.Equal((Width, Height, channels, channels, false, bits),
                (read.Width, read.Height, read.Channels, read.Colours, read.HasAlpha, read.StoredBits));
            Assert.Equal(expected, read.Pixels);
        }
    }

    [Theory]
    [InlineData(null, false)]
    [InlineData(0, false)]
    [InlineData(1, true)]
    [InlineData(2, true)]
    public void The_fourth_channel_of_a_TIFF_file_is_alpha_where_the_file_says_so(int? extra, bool alpha)
    {
        var values = Noise(4, 8);
        foreach (var (bigEndian, big) in new[] { (false, false), (true, false), (false, true), (true, true) })
        {
            var read = ImageFile.Read(Write(new(Width, Height, 4, 8)
            {
                Photometric = 2,
                Extra = extra is { } kind
                ? [kind]
                : null,
                BigEndian = bigEndian,
                Big = big
            }, values));
            Assert.Equal((4, alpha, alpha ? 3 : 4), (read.Channels, read.HasAlpha, read.Colours));
            if (extra != 1) Assert.Equal(values.Select(value => (byte)value), read.Pixels); // 1: its colours are divided by alpha
        }
    }

    [Fact]
    public void Each_channel_of_16_bits_is_read_through_its_own_window()
    {
        var values = Noise(5, 12);
        int[] black = [0, 100, 1000, 2000, 4000], white = [4095, 300, 3000, 2001, 65535];
        var path = Write(new(Width, Height, 5, 16), values);
        var read = ImageFile.Read(path, new(Height, Width, 5) { Window = new(black, white) });
        Assert.Equal(values.Select((value, i) => Level(value, black[i % 5], white[i % 5])), read.Pixels);
    }

    [Theory]
    [InlineData("stripes-grey-16.png", 1)]
    [InlineData("stripes-grey-16.tif", 1)]
    [InlineData("stripes-rgb-16.png", 3)]
    [InlineData("stripes-grey-alpha-16.png", 1)] // opaque: alpha has no window
    public void One_window_is_for_all_channels_of_a_picture(string file, int channels)
    {
        var read = ImageFile.Read(Path.Combine(ImageFileTests.Folder, file), new(48, 96, channels) { Window = new([100], [228]) });
        for (var stripe = 0; stripe < 6; stripe++)
        {
            var expected = Level(new[] { 0, 128, 129, 255, 65024, 65535 }[stripe], 100, 228);
            Assert.All(read.Pixels[(stripe * 16 * channels)..((stripe + 1) * 16 * channels)], value => Assert.Equal(expected, value));
        }
    }

    [Theory]
    [InlineData(24, 24, SmallImages.Refuse)]
    [InlineData(20, 36, SmallImages.Refuse)]
    [InlineData(90, 80, SmallImages.Enlarge)]
    public void Channels_are_reduced_and_cropped_as_each_would_be_alone(int height, int width, SmallImages small)
    {
        int[] values = [.. from y in Enumerable.Range(0, 50) from x in Enumerable.Range(0, 67) from c in Enumerable.Range(0,
            5) select (int)(127 + 100 * Math.Sin(x / (5.0 + c)) * Math.Cos(y / 6.0 + c))];
        var read = ImageFile.Read(Write(new(67, 50, 5, 8), values), new(height, width, 5) { Small = small });
        var inMemory = ImageFile.Fit(new(67, 50, 5, [.. values.Select(value => (byte)value)]), new(height, width, 5) { Small = small },
            "memory");
        Assert.Equal((width, height, 5, false), (read.Width, read.Height, read.Channels, read.HasAlpha));
        Assert.Equal(read.Pixels, inMemory.Pixels);
        for (var c = 0; c < 5; c++)
        {
            byte[] plane = [.. values.Where((_, i) => i % 5 == c).Select(value => (byte)value)];
            var alone = ImageFile.Fit(new(67, 50, 1, plane), new(height, width, 1) { Small = small }, "plane").Pixels;
            Assert.Equal(alone, read.Pixels.Where((_, i) => i % 5 == c));
        }
    }

    [Fact]
    public void An_image_of_other_channels_is_refused_with_both_numbers()
    {
        var bands = Write(new(Width, Height, 5, 8), Noise(5, 8));
        var seen = Path.Combine(ImageFileTests.Folder, "rgba.png");
        string Reason(string file, int channels) =>
            Assert.Throws<UnreadableImageException>(() => ImageFile.Read(file, new(2, 2, channels))).Reason;
        Assert.Equal("it has 5 channels, but 3 were asked for; keep images with as many channels in a folder of their own",
            Reason(bands, 3));
        Assert.StartsWith("it has 5 channels, but 4 were asked for", Reason(bands, 4), StringComparison.Ordinal);
        Assert.StartsWith("it has 3 channels and alpha, but 4 were asked for", Reason(seen, 4), StringComparison.Ordinal);
        Assert.StartsWith("it has 3 channels, but 5 were asked for", Reason(Path.Combine(ImageFileTests.Folder, "smooth.jpg"), 5),
            StringComparison.Ordinal);
        var window = Assert.Throws<ImageDataException>(() => new InputFormat(2, 2, 1) { Window = new([9], [9]) }.Validate()).Message;
        Assert.Equal("Images can't be read: the window for 16 bits must rise within 0..65535, got 9 to 9.", window);
    }

    [Fact]
    public void Values_of_16_bits_are_counted_channel_by_channel_without_alpha()
    {
        var values = Noise(5, 16);
        var counts = new ImageFolder(Path.GetDirectoryName(Write(new(Width, Height, 5, 16), values))!).CountLevels(0)!;
        Assert.Equal(5, counts.Count);
        for (var c = 0; c < 5; c++)
            Assert.Equal(values.Where((_, i) => i % 5 == c).CountBy(value => value).OrderBy(pair => pair.Key)
                .Select(pair => (pair.Key, (long)pair.Value)),
                counts[c].Index().Where(pair => pair.Item > 0).Select(pair => (pair.Index, pair.Item)));
        Assert.Single(ImageFile.CountLevels(Path.Combine(ImageFileTests.Folder, "stripes-grey-alpha-16.png"))!);
        Assert.Null(ImageFile.CountLevels(Path.Combine(ImageFileTests.Folder, "rgb.png")));
        Assert.Null(ImageFile.CountLevels(Path.Combine(ImageFileTests.Folder, "smooth.jpg")));
        Assert.Throws<UnreadableImageException>(() => ImageFile.CountLevels(Path.Combine(ImageFileTests.Folder, "text.jpg")));
    }

    [Fact]
    public void The_first_image_gives_a_loader_its_channels()
    {
        Write(new(Width, Height, 5, 8), Noise(5, 8));
        using var loader = new ImageLoader(new ImageFolder(scratch.Folder), new() { BatchSize = 1 });
        Assert.Equal(new InputFormat(Height, Width, 5), loader.Input);
        using var batch = loader.Batches().First();
        Assert.Equal([1, 5, Height, Width], batch.ToTensor().Shape);
    }
}
