using Foresee.Augmentation;

namespace Foresee.Tests.Augmentation;

/// <summary>What of an image a view shows.</summary>
public sealed class CropTests
{
    private const int Count = 20_000;

    [Fact]
    public void Areas_are_even_over_their_range_and_ratios_over_their_logarithm()
    {
        var windows = Draw(new RandomResizedCrop(0.2, 0.5), 1000, 1000);
        double[] areas = [.. windows.Select(w => w.Height * w.Width / 1e6)],
            ratios = [.. windows.Select(w => Math.Log((double)w.Width / w.Height))];
        Assert.InRange(areas.Average(), 0.348, 0.352);          // 4 standard errors of 0.0006
        Assert.InRange(Deviation(areas), 0.0855, 0.0877);       // 0.3 / √12
        Assert.InRange(ratios.Average(), -0.006, 0.006);
        Assert.InRange(Deviation(ratios), 0.164, 0.168);        // 2 ln(4/3) / √12
        Assert.InRange(areas.Min(), 0.199, 0.201);
        Assert.InRange(areas.Max(), 0.499, 0.501);
        Assert.All(ratios, ratio => Assert.InRange(ratio, -0.29, 0.29));
    }

    [Fact]
    public void Places_are_even_over_all_that_fit()
    {
        var windows = Draw(new RandomResizedCrop(0.25, 0.25, 1, 1), 8, 6); // 12 pixels: 3 x 3
        Assert.All(windows, w => Assert.Equal((3, 3), (w.Height, w.Width)));
        var places = windows.CountBy(w => (w.Top, w.Left)).ToDictionary();
        Assert.Equal(6 * 4, places.Count);
        Assert.All(places.Values, count => Assert.InRange(count, Count / 24 - 115, Count / 24 + 115)); // 4 standard deviations
    }

    /// <summary>
    /// torchvision's 20,000 draws for a square image have a mean area of 0.4778 ± 0.0017 of it and a standard deviation of 0.2334: large
    /// parts fit less often.
    /// </summary>
    [Fact]
    public void Pairs_that_do_not_fit_are_drawn_again()
    {
        var windows = Draw(new RandomResizedCrop(), 224, 224);
        double[] areas = [.. windows.Select(w => w.Height * w.Width / (224.0 * 224))];
        Assert.InRange(areas.Average(), 0.470, 0.486);
        Assert.InRange(Deviation(areas), 0.229, 0.238);
        Assert.All(windows, w => Assert.True(w.Top >= 0 && w.Left >= 0 && w.Top + w.Height <= 224 && w.Left + w.Width <= 224));
    }

    [Fact]
    public void An_image_of_an_extreme_shape_gives_its_middle_as_torchvision_does()
    {
        var random = new ViewRandom(1, 0, 0);
        var crop = new RandomResizedCrop(0.9, 1); // such an area never fits
        Assert.Equal(new Window(43, 0, 13, 10), crop.Draw(100, 10, ref random));
        Assert.Equal(new Window(0, 43, 10, 13), crop.Draw(10, 100, ref random));
    }

    [Fact]
    public void A_crop_within_a_window_stays_in_it()
    {
        for (var i = 0; i < 200; i++)
        {
            var random = new ViewRandom(1, i, 0);
            var warp = new Warp(8, 8);
            warp.Clear(new(30, 50, 12, 9));
            new RandomResizedCrop().Move(warp, ref random);
            var w = warp.Window;
            Assert.True(w.Top >= 30 && w.Left >= 50 && w.Top + w.Height <= 42 && w.Left + w.Width <= 59, $"{w}");
        }
    }

    [Fact]
    public void A_padded_crop_has_been_at_every_place_and_shows_black_or_the_mirrored_image_beyond()
    {
        const int Height = 6, Width = 7, Padding = 2;
        float[] image = Made.Patches(1, Height * Width, 1, seed: 1)[0];
        var places = new HashSet<(int, int)>();
        for (var i = 0; i < 300; i++)
            foreach (var edge in new[] { EdgeFill.Black, EdgeFill.Mirror })
            {
                var random = new ViewRandom(1, i, 0);
                var warp = new Warp(Height, Width);
                new RandomCrop(Padding).Move(warp, ref random);
                var (top, left) = (warp.Window.Top, warp.Window.Left);
                places.Add((top, left));
                var view = new float[Height * Width];
                new WindowReader(new(Height, Width, 1) { Edge = edge })
                    .Read(new([], image, 1, Height, Width), 0, warp.Window, mirrored: false, upsideDown: false, view);
                for (var y = 0; y < Height; y++)
                    for (var x = 0; x < Width; x++) Assert.Equal(Pixel(image, top + y, left + x, edge), view[y * Width + x]);
            }
        Assert.Equal(25, places.Count);
        Assert.All(places, place => Assert.InRange(Math.Max(Math.Abs(place.Item1), Math.Abs(place.Item2)), 0, Padding));

        static float Pixel(float[] image, int y, int x, EdgeFill edge)
        {
            if (edge == EdgeFill.Black) return y is >= 0 and < Height && x is >= 0 and < Width ? image[y * Width + x] : 0;
            int Mirrored(int i, int count) => i < 0 ? -1 - i : i >= count ? 2 * count - 1 - i : i;
            return image[Mirrored(y, Height) * Width + Mirrored(x, Width)];
        }
    }

    private static List<Window> Draw(RandomResizedCrop crop, int height, int width) => [.. Enumerable.Range(0, Count).Select(i =>
    {
        var random = new ViewRandom(5, i, 0);
        return crop.Draw(height, width, ref random);
    })];

    private static double Deviation(double[] values) => Math.Sqrt(values.Average(v => v * v) - Math.Pow(values.Average(), 2));
}
