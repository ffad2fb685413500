using System.Numerics;
using Foresee.Augmentation;

namespace Foresee.Tests.Augmentation;

public sealed class ResamplerTests
{
    [Theory]
    [InlineData(1, 8, 8, EdgeFill.Black)]
    [InlineData(2, 13, 13, EdgeFill.Black)]
    [InlineData(3, 16, 16, EdgeFill.Black)]
    [InlineData(4, 5, 5, EdgeFill.Black)]
    [InlineData(6, 9, 9, EdgeFill.Black)] // two groups of channels
    [InlineData(3, 7, 18, EdgeFill.Black)]
    [InlineData(3, 7, 18, EdgeFill.Mirror)]
    [InlineData(1, 12, 5, EdgeFill.Mirror)]
    public void Pixels_are_those_that_a_slow_loop_finds(int channels, int height, int width, EdgeFill edge)
    {
        var warp = new Warp(height, width);
        var resampler = new Resampler(height, width);
        for (var i = 0; i < 20; i++)
        {
            warp.Clear(new(0, 0, height, width));
            var random = new ViewRandom(1, i, 0);
            new Rotation(60).Move(warp, ref random);
            new Shear(0.4, 0.4).Move(warp, ref random);
            new Stretch(0.3).Move(warp, ref random);
            new Shift(0.5, 0.5).Move(warp, ref random);
            if (i % 2 == 0) new Elastic(0.1).Move(warp, ref random);
            var before = Enumerable.Range(0, channels * height * width).Select(_ => random.Uniform()).ToArray();
            float[] moved = [.. before];
            resampler.Apply(warp, moved, channels, fill: 0.25f, edge);
            Made.Near(Slow(before, warp, channels, edge), moved, 2e-4, $"view {i}");
        }
    }

    [Fact]
    public void A_quarter_turn_moves_every_pixel_to_its_place()
    {
        float[] patch = [1, 2, 3, 4];
        var warp = new Warp(2, 2);
        Rotation.Apply(warp, 90);
        new Resampler(2, 2).Apply(warp, patch, channels: 1, fill: 0);
        Made.Near([2, 4, 1, 3], patch, 1e-6); // counter-clockwise
    }

    [Fact]
    public void A_flip_alone_needs_no_resampling_and_two_flips_are_none()
    {
        var warp = new Warp(4, 4);
        warp.Mirror();
        Assert.True(warp.IsWhole && warp.Map.M11 == -1);
        warp.Mirror();
        Assert.True(warp.IsWhole && warp.Map.IsIdentity);
    }

    [Fact]
    public void Far_away_is_filled_and_a_number_that_is_none_harms_nothing()
    {
        foreach (var away in new[] { 1e9f, -1e9f, float.PositiveInfinity, float.NaN })
        {
            float[] patch = [1, 2, 3, 4];
            var warp = new Warp(2, 2);
            warp.Compose(Matrix3x2.CreateTranslation(away, 0));
            new Resampler(2, 2).Apply(warp, patch, channels: 1, fill: 0.5f);
            Assert.All(patch, v => Assert.Equal(0.5f, v));
            new Resampler(2, 2).Apply(warp, patch, channels: 1, fill: 0.5f, EdgeFill.Mirror);
            Assert.All(patch, v => Assert.Equal(0.5f, v));
        }
    }

    [Fact]
    public void An_elastic_field_is_the_spline_of_its_control_points()
    {
        const int Side = 10, Cells = 3, Points = Cells + 3;
        var grid = Made.Patches(1, 1, Points, seed: 3)[0];
        var field = new float[Side * Side];
        new Elastic(Cells: Cells).Spread(grid, field, Side);
        for (var y = 0; y < Side; y++)
            for (var x = 0; x < Side; x++)
            {
                var expected = 0.0;
                for (var i = 0; i < Points; i++)
                    for (var j = 0; j < Points; j++)
                        expected += Spline((y + 0.5) / Side * Cells - (i - 1)) * Spline((x
                            + 0.5) / Side * Cells - (j - 1)) * grid[i * Points + j];
                Assert.Equal(expected, field[y * Side + x], 1e-5);
            }
    }

    [Fact]
    public void An_elastic_field_is_as_strong_as_asked_for_and_without_a_preferred_direction()
    {
        const int Side = 40;
        var warp = new Warp(Side, Side);
        double squares = 0, sum = 0;
        for (var i = 0; i < 200; i++)
        {
            var random = new ViewRandom(2, i, 0);
            new Elastic(0.05).Move(warp, ref random);
            squares += warp.Across.ToArray().Concat(warp.Down.ToArray()).Average(d => (double)d * d);
            sum += warp.Across.ToArray().Concat(warp.Down.ToArray()).Average(d => (double)d);
        }
        // The spline's weights smooth: their squares add up to 151/315 in each direction (the integral of the cubic B-spline squared).
        Assert.InRange(Math.Sqrt(squares / 200), 0.95 * 0.05 * Side * 151 / 315, 1.05 * 0.05 * Side * 151 / 315);
        Assert.InRange(sum / 200, -0.1, 0.1);
    }

    /// <summary>The cubic B-spline around 0, by its own definition.</summary>
    private static double Spline(double t) => Math.Abs(t) switch
    {
        < 1 and var a => 2.0 / 3 - a * a + a * a * a / 2,
        < 2 and var a => Math.Pow(2 - a, 3) / 6,
        _ => 0,
    };

    private static float[] Slow(float[] view, Warp warp, int channels, EdgeFill edge)
    {
        var (height, width, result) = (warp.Height, warp.Width, new float[view.Length]);
        for (var c = 0; c < channels; c++)
            for (var y = 0; y < height; y++)
                for (var x = 0; x < width; x++)
                {
                    var target = new Vector2(x + 0.5f - width / 2f, y + 0.5f - height / 2f);
                    if (warp.IsElastic) target += new Vector2(warp.Across[y * width + x], warp.Down[y * width + x]);
                    var source = Vector2.Transform(target, warp.Map) + new Vector2(width / 2f, height / 2f);
                    if (edge == EdgeFill.Mirror) source = new(Mirrored(source.X, width), Mirrored(source.Y, height));
                    var inside = source.X >= 0 && source.X < width && source.Y >= 0 && source.Y < height;
                    result[(c * height + y) * width + x] = inside ? Between(source.X - 0.5, source.Y - 0.5, c) : 0.25f;
                }
        return result;

        static float Mirrored(float place, float side)
        {
            while (place < 0 || place > side) place = place < 0 ? -place : 2 * side - place;
            return Math.Min(place, side - 1e-6f);
        }

        float Between(double x, double y, int c)
        {
            var (left, top) = ((int)Math.Floor(x), (int)Math.Floor(y));
            double Pixel(int px, int py) => view[(c * height + Math.Clamp(py, 0, height - 1)) * width + Math.Clamp(px, 0, width - 1)];
            double Row(int py) => Pixel(left, py) * (1 - (x - left)) + Pixel(left + 1, py) * (x - left);
            return (float)(Row(top) * (1 - (y - top)) + Row(top + 1) * (y - top));
        }
    }
}
