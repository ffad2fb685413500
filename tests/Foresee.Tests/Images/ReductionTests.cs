using Foresee.Images;
using Foresee.Images.Decoding;

namespace Foresee.Tests.Images;

public sealed class ReductionTests
{
    private static byte[] Noise(int count)
    {
        var pixels = new byte[count];
        new Random(count).NextBytes(pixels);
        return pixels;
    }

    private static byte[] Reduce(byte[] pixels, int rows, int columns, int channels, int height, int width, int strip)
    {
        var reduction = new Reduction(rows, columns, channels, height, width);
        for (var y = 0; y < rows; y += strip)
        {
            var count = Math.Min(strip, rows - y);
            reduction.Add(pixels.AsSpan(y * columns * channels, count * columns * channels), count);
        }
        return reduction.Pixels;
    }

    [Theory]
    [InlineData(61, 97, 1, 20, 20)]
    [InlineData(61, 97, 3, 20, 31)]
    [InlineData(40, 33, 5, 33, 33)]
    [InlineData(9, 13, 3, 40, 64)] // enlarged
    public void Rows_a_few_at_a_time_give_the_bytes_of_all_at_once(int rows, int columns, int channels, int height, int width)
    {
        var pixels = Noise(rows * columns * channels);
        var whole = Reduce(pixels, rows, columns, channels, height, width, rows);
        foreach (var strip in new[] { 1, 2, 7, 16 }) Assert.Equal(whole, Reduce(pixels, rows, columns, channels, height, width, strip));
    }

    [Theory]
    [InlineData(61, 97, 3, 20, 20)]
    [InlineData(50, 67, 1, 24, 24)]
    [InlineData(9, 13, 4, 40, 40)]
    public void The_weighted_sum_is_that_of_a_slow_loop(int rows, int columns, int channels, int height, int width)
    {
        var pixels = Noise(rows * columns * channels);
        var reduced = Reduce(pixels, rows, columns, channels, height, width, rows);
        var factor = Math.Min((double)columns / width, (double)rows / height);
        for (var y = 0; y < height; y++)
            for (var x = 0; x < width; x++)
                for (var c = 0; c < channels; c++)
                {
                    var (u, v) = (Weights(y, rows, height, factor), Weights(x, columns, width, factor));
                    var sum = u.SelectMany(_ => v, (down, across) =>
                        down.Weight * across.Weight * pixels[(down.Place * columns + across.Place) * channels + c]).Sum();
                    Assert.InRange(reduced[(y * width + x) * channels + c] - Math.Clamp(sum, 0, 255), -0.51, 0.51);
                }
    }

    /// <summary>Lanczos' kernel with three lobes, as the books have it.</summary>
    private static (int Place, double Weight)[] Weights(int place, int source, int count, double factor)
    {
        var covered = Math.Max(count, (int)Math.Round(source / factor, MidpointRounding.AwayFromZero));
        var scale = (double)source / covered;
        var (centre, stretch) = (((covered - count) / 2 + place + 0.5) * scale, Math.Max(1, scale));
        var raw = Enumerable.Range(0, source).Select(i => (Place: i, Weight: Kernel((i + 0.5 - centre) / stretch)))
            .Where(tap => tap.Weight != 0).ToArray();
        return [.. raw.Select(tap => (tap.Place, tap.Weight / raw.Sum(other => other.Weight)))];
    }

    private static double Kernel(double x) => Math.Abs(x) >= 3 ? 0 : Sinc(x) * Sinc(x / 3);

    private static double Sinc(double x) => x == 0 ? 1 : Math.Sin(Math.PI * x) / (Math.PI * x);

    [Fact]
    public void A_picture_gives_the_same_pixels_from_every_format_without_loss()
    {
        using var scratch = new Scratch();
        var picture = new Image(67, 50, 3, Noise(67 * 50 * 3));
        var png = scratch.Write("a.png", ImageFile.EncodePng(picture));
        var tiff = scratch.Write("a.tif", new MadeTiff(67, 50, 3, 8) { Photometric = 2 }
            .File([.. picture.Pixels.Select(value => (int)value)]));
        var ppm = scratch.Write("a.ppm", [.. "P6\n67 50\n255\n"u8, .. picture.Pixels]);
        var bmp = scratch.Write("a.bmp", BitmapTests.File(picture, bits: 24));
        foreach (var format in new InputFormat[] { new(24, 24, 3), new(50, 67, 3), new(16, 40, 1),
            new(90, 80, 3) { Small = SmallImages.Enlarge } })
        {
            var expected = ImageFile.Fit(picture, format, "memory").Pixels;
            Assert.All(new[] { png, tiff, ppm, bmp }, path => Assert.Equal(expected, ImageFile.Read(path, format).Pixels));
        }
    }
}
