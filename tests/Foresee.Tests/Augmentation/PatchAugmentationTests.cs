using System.Numerics;
using Foresee.Augmentation;

namespace Foresee.Tests.Augmentation;

/// <summary>What each random change draws: its range, one amount per patch, its probability.</summary>
public sealed class PatchAugmentationTests
{
    private const int Count = 400, Side = 8, Area = Side * Side;

    private static readonly float[][] colour = Made.Patches(Count, 3, Side, seed: 1), grey = Made.Patches(Count, 1, Side, seed: 2);

    [Fact]
    public void A_flip_mirrors_about_half_of_the_patches()
    {
        var mirrored = Enumerable.Range(0, Count).Count(i =>
        {
            var warp = new Warp(Side, Side);
            var random = new ViewRandom(3, i, 0);
            new HorizontalFlip(0.5).Move(warp, ref random);
            return warp.Map == Matrix3x2.CreateScale(-1, 1);
        });
        Assert.InRange(mirrored, 160, 240); // 4 standard deviations
    }

    [Fact]
    public void Moves_draw_their_amounts_evenly_over_their_ranges()
    {
        Spread(-30, 30, Maps(new Rotation(30)).Select(map => float.RadiansToDegrees(MathF.Atan2(map.M12, map.M11))));
        Spread(-0.3, 0.3, Maps(new Shear(0.3, 0.1)).Select(map => map.M21));
        Spread(-0.1, 0.1, Maps(new Shear(0.3, 0.1)).Select(map => map.M12));
        Spread(-0.2, 0.2, Maps(new Zoom(0.2)).Select(map => -MathF.Log(map.M11)));
        Assert.Equal(Enumerable.Range(-4, 9), Maps(new Shift(0.5, 0)).Select(map => (int)map.M31).Distinct().Order()); // whole pixels of 8
        Assert.All(Maps(new Shift(0.5, 0)), map => Assert.Equal(0, map.M32));
    }

    [Fact]
    public void Colours_draw_their_amounts_evenly_over_their_ranges()
    {
        Spread(0.6, 1.4, Made.After(colour, 3, new Saturation(0.4))
            .Zip(colour, (after, before) => (after[0] - after[Area]) / (before[0] - before[Area])));
        float[][] red = [.. Enumerable.Repeat<float[]>([1, 0, 0], Count)]; // one pixel; a hue h turns it to green 6h or blue -6h
        Spread(-0.1, 0.1, Made.After(red, 3, new Hue(0.1)).Select(pixel => (pixel[1] - pixel[2]) / 6));
        float[] ramp = [.. Enumerable.Range(0, 256).Select(level => level / 255f)];
        float[][] ramps = [.. Enumerable.Repeat(ramp, Count)];
        Spread(0, 256, Made.After(ramps, 1, new Solarise())
            .Select(after => (float)after.Zip(ramp).Count(pair => pair.First == pair.Second)));
        var levels = Made.After(ramps, 1, new Posterise(4)).CountBy(after => after.Distinct().Count()).ToDictionary();
        Assert.Equal([16, 32, 64, 128, 256], levels.Keys.Order());
        Assert.All(levels.Values, count => Assert.InRange(count, 48, 112)); // 80 ± 4 deviations
    }

    [Fact]
    public void Lightness_adds_one_value_within_the_strength_to_a_patch() =>
        Spread(-0.3, 0.3, Made.After(colour, 3, new Lightness(0.3))
            .Zip(colour, (after, before) => One(after.Zip(before, (a, b) => a - b))));

    [Fact]
    public void Brightness_multiplies_a_patch_by_one_factor_within_the_strength() =>
        Spread(0.6, 1.4, Made.After(colour, 3, new Brightness(0.4))
            .Zip(colour, (after, before) => One(after.Zip(before, (a, b) => a / b))));

    [Fact]
    public void Contrast_scales_the_distance_from_the_mean_grey() =>
        Spread(0.6, 1.4, Made.After(colour, 3, new Contrast(0.4)).Zip(colour, (after, before) =>
        {
            var mean = Enumerable.Range(0, Area).Average(k => 0.299 * before[k] + 0.587 * before[Area + k] + 0.114 * before[2 * Area + k]);
            return One(after.Zip(before, (a, b) => (float)((a - mean) / (b - mean))), 2e-2);
        }));

    [Fact]
    public void Gamma_raises_a_patch_to_one_power_within_the_strength() =>
        Spread(-0.5, 0.5, Made.After(grey, 1, new Gamma(0.5)).Zip(grey, (after, before) =>
            One(after.Zip(before).Where(pair => pair.Second is > 0.02f and < 0.98f)
            .Select(pair => (float)Math.Log(Math.Log(pair.First) / Math.Log(pair.Second))), 1e-3)));

    [Fact]
    public void Gamma_keeps_black_and_white_and_takes_values_from_beyond_as_these() =>
        Made.Near([0, 0, 1, 1], Made.After([-0.2f, 0, 1, 1.3f], 1, patch => Gamma.Apply(patch, 0.6f)), 1e-6);

    [Fact]
    public void Invert_takes_the_negative_with_its_probability() =>
        Assert.InRange(Made.After(grey, 1, new Invert(0.25)).Zip(grey)
            .Count(pair => Made.Same(pair.First, [.. pair.Second.Select(v => 1 - v)])), 65, 135);

    [Fact]
    public void Noise_is_gaussian_with_a_deviation_drawn_for_the_patch()
    {
        var noise = Made.After(colour, 3, new Noise(0.2))
            .Zip(colour, (after, before) => after.Zip(before, (a, b) => (double)a - b).ToArray()).ToList();
        var deviations = noise.Select(n => Math.Sqrt(n.Average(v => v * v))).ToList();
        Assert.InRange(deviations.Max(), 0.18, 0.23);
        Assert.InRange(deviations.Min(), 0, 0.02);
        Assert.InRange(deviations.Average(), 0.09, 0.11);
        var standard = noise.Zip(deviations, (n, d) => n.Select(v => v / d)).SelectMany(n => n).ToList();
        Assert.InRange(standard.Average(), -0.02, 0.02);
        Assert.InRange(standard.Average(v => v * v * v * v), 2.8, 3.1);                     // 3 for a normal distribution
        Assert.InRange(standard.Count(v => Math.Abs(v) > 2) / (double)standard.Count, 0.04, 0.05); // 0.0455
        Assert.InRange(noise.Average(n => Correlation(n)), -0.02, 0.02);                    // neighbours know nothing of each other
    }

    [Fact]
    public void Noise_of_an_odd_number_of_values_reaches_the_last()
    {
        var before = Made.Patches(50, 3, 5, seed: 4);
        var after = Made.After(before, 3, new Noise(0.2));
        Assert.All(Enumerable.Range(0, 75), i => Assert.Contains(Enumerable.Range(0, 50), n => after[n][i] != before[n][i]));
    }

    [Fact]
    public void Cutout_fills_one_square_that_grows_to_its_share()
    {
        const int Large = 30;
        var patches = Made.Patches(Count, 2, Large, seed: 5);
        var areas = Made.After(patches, 2, new Cutout(0.5)).Zip(patches, (after, before) =>
        {
            var changed = Enumerable.Range(0, before.Length).Where(i => after[i] != before[i]).ToList();
            Assert.All(changed, i => Assert.Equal(0.5f, after[i]));
            var rows = changed.Select(i => i / Large % Large).Distinct().Count();
            var columns = changed.Select(i => i % Large).Distinct().Count();
            Assert.Equal(2 * rows * columns, changed.Count); // a rectangle, the same in both channels
            Assert.InRange(Math.Max(rows, columns), 0, 15);
            return (rows, columns);
        }).ToList();
        Assert.Contains((15, 15), areas);
        Assert.Contains(areas, area => area.rows < area.columns - 3); // partly outside
    }

    [Fact]
    public void Sharpness_leaves_the_outermost_pixels_and_a_flat_patch()
    {
        var after = Made.After(grey[0], 1, patch => Sharpness.Apply(patch, 1.8f));
        for (var i = 0; i < Area; i++)
            Assert.Equal(i / Side is 0 or Side - 1 || i % Side is 0 or Side - 1, after[i] == grey[0][i]);
        float[] flat = [.. Enumerable.Repeat(0.4f, Area)];
        Made.Near(flat, Made.After(flat, 1, patch => Sharpness.Apply(patch, 0.2f)), 1e-6);
    }

    [Fact]
    public void Colour_drop_keeps_one_channel_and_every_channel_at_times()
    {
        var kept = Made.After(colour, 3, new ColourDrop(1)).Zip(colour, (after, before) =>
            Enumerable.Range(0, 3).Single(k => Enumerable.Range(0, 3 * Area).All(i => after[i] == before[k * Area + i % Area])));
        Assert.All(kept.CountBy(k => k), count => Assert.InRange(count.Value, 95, 172));
    }

    [Fact]
    public void Dropped_channels_can_be_black()
    {
        foreach (var (after, before) in Made.After(colour, 3, new ColourDrop(1, DroppedChannels.Black)).Zip(colour))
        {
            var kept = Enumerable.Range(0, 3).Single(k => Enumerable.Range(k * Area, Area).Any(i => after[i] != 0));
            Assert.All(Enumerable.Range(0, 3 * Area), i => Assert.Equal(i / Area == kept ? before[i] : 0, after[i]));
        }
    }

    [Fact]
    public void A_unit_range_clamps_after_each_change_and_an_open_one_keeps_what_lies_beyond()
    {
        float[] patch = [0, 0.5f, 0.8f, 1];
        Made.Near([0, 0.75f, 1.2f, 1.5f], Made.After(patch, 1, p => Brightness.Apply(p, 1.5f)), 1e-6);
        Made.Near([0, 0.75f, 1, 1], Made.After(patch, 1, p => Brightness.Apply(p, 1.5f), ValueRange.Unit), 1e-6);
    }

    [Fact]
    public void Every_fault_is_named_at_once()
    {
        var faults = new List<string>();
        new PatchAugmentation { Brightness = 1.2, Translation = -1, Gamma = 5 }.Validate(faults);
        Assert.Collection(faults,
            fault => Assert.Contains("brightness must lie in 0..1, got 1.2", fault, StringComparison.Ordinal),
            fault => Assert.Contains("got -1", fault, StringComparison.Ordinal),
            fault => Assert.Contains("got 5", fault, StringComparison.Ordinal));
    }

    private static IEnumerable<Matrix3x2> Maps(ITransform move) => Enumerable.Range(0, Count).Select(i =>
    {
        var warp = new Warp(Side, Side);
        var random = new ViewRandom(4, i, 0);
        move.Move(warp, ref random);
        return warp.Map;
    });

    /// <summary>All values are one, within a tolerance.</summary>
    private static float One(IEnumerable<float> values, double tolerance = 2e-4)
    {
        var all = values.Order().ToList();
        Assert.InRange(all[^1] - all[0], 0, tolerance);
        return all[all.Count / 2];
    }

    /// <summary>Within the ends, and using the whole range evenly.</summary>
    private static void Spread(double low, double high, IEnumerable<float> amounts)
    {
        var all = amounts.ToList();
        Assert.Equal(Count, all.Count);
        Assert.All(all, amount => Assert.InRange(amount, low - 1e-3, high + 1e-3));
        var tenths = all.CountBy(amount => Math.Clamp((int)((amount - low) / (high - low) * 10), 0, 9)).ToDictionary();
        Assert.All(Enumerable.Range(0, 10), tenth => Assert.InRange(tenths.GetValueOrDefault(tenth), 16, 64)); // 40 ± 4 deviations
    }

    private static double Correlation(double[] values) =>
        values.Zip(values.Skip(1), (a, b) => a * b).Average() / values.Average(v => v * v);
}
