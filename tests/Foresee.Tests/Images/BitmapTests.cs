using System.Buffers.Binary;
using Foresee.Images;

namespace Foresee.Tests.Images;

/// <summary>Windows bitmaps, written here as Microsoft describes them.</summary>
public sealed class BitmapTests
{
    /// <param name="bits">24, 32, or 8 with a palette of greys.</param>
    internal static byte[] File(Image image, int bits, bool topDown = false, uint[]? masks = null, byte[]? palette = null)
    {
        var (stride, header) = ((image.Width * bits + 31) / 32 * 4, masks is null ? 40 : 56);
        var start = 14 + header + (palette?.Length ?? 0);
        var file = new byte[start + stride * image.Height];
        "BM"u8.CopyTo(file);
        void Int(int place, int value) => BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(place), value);
        Int(2, file.Length);
        Int(10, start);
        Int(14, header);
        Int(18, image.Width);
        Int(22, topDown ? -image.Height : image.Height);
        (file[26], file[28]) = (1, (byte)bits);
        Int(30, masks is null ? 0 : 3);
        for (var i = 0; i < (masks?.Length ?? 0); i++) Int(54 + 4 * i, (int)masks![i]);
        palette?.CopyTo(file, 14 + header);
        for (var y = 0; y < image.Height; y++)
            for (var x = 0; x < image.Width; x++)
            {
                var to = file.AsSpan(start + stride * (topDown ? y : image.Height - 1 - y));
                var pixel = image.Pixels.AsSpan((y * image.Width + x) * image.Channels, image.Channels);
                if (bits < 8) to[x * bits / 8] |= (byte)(pixel[0] << (8 - bits - x * bits % 8));
                else if (bits == 8) to[x] = pixel[0];
                else
                {
                    (to[x * bits / 8], to[x * bits / 8 + 1], to[x * bits / 8 + 2]) = (pixel[2], pixel[1], pixel[0]);
                    if (bits == 32) to[x * 4 + 3] = image.Channels == 4 ? pixel[3] : (byte)0;
                }
            }
        return file;
    }

    private static Image Noise(int channels, int most = 256)
    {
        var random = new Random(channels);
        return new(7, 5, channels, [.. Enumerable.Range(0, 35 * channels).Select(_ => (byte)random.Next(most))]);
    }

    private static Image Read(byte[] file)
    {
        using var scratch = new Scratch();
        return ImageFile.Read(scratch.Write("a.bmp", file));
    }

    [Theory]
    [InlineData(24, false)]
    [InlineData(24, true)]
    [InlineData(32, false)]
    public void Colours_are_those_that_were_written(int bits, bool topDown)
    {
        var image = Noise(3);
        var read = Read(File(image, bits, topDown));
        Assert.Equal((7, 5, 3, false), (read.Width, read.Height, read.Channels, read.HasAlpha));
        Assert.Equal(image.Pixels, read.Pixels);
    }

    [Fact]
    public void The_fourth_byte_is_alpha_only_where_the_header_has_a_mask_for_it()
    {
        var image = Noise(4);
        var read = Read(File(image, 32, masks: [0xFF0000, 0xFF00, 0xFF, 0xFF000000]));
        Assert.Equal((4, true), (read.Channels, read.HasAlpha));
        Assert.Equal(image.Pixels, read.Pixels);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    [InlineData(8)]
    public void A_palette_of_greys_gives_grey_and_one_of_colours_gives_colour(int bits)
    {
        var values = Noise(1, 1 << bits);
        byte[] greys = [.. Enumerable.Range(0, 1 << bits)
            .SelectMany(i => new byte[] { (byte)(255 - i), (byte)(255 - i), (byte)(255 - i), 0 })];
        var grey = Read(File(values, bits, palette: greys));
        Assert.Equal(values.Pixels.Select(value => (byte)(255 - value)), grey.Pixels);
        greys[1] = 7; // the green of the first
        var colour = Read(File(values, bits, palette: greys));
        Assert.Equal(3, colour.Channels);
        Assert.Equal(values.Pixels.SelectMany(value =>
            new byte[] { (byte)(255 - value), value == 0 ? (byte)7 : (byte)(255 - value), (byte)(255 - value) }), colour.Pixels);
    }

    [Fact]
    public void A_bitmap_that_is_cut_off_is_refused()
    {
        using var scratch = new Scratch();
        var path = scratch.Write("a.bmp", File(Noise(3), 24)[..100]);
        Assert.Equal(RefusalKind.CutOff, Assert.Throws<UnreadableImageException>(() => ImageFile.Read(path)).Kind);
    }
}
