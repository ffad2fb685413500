using System.Numerics;
using Foresee.Augmentation;

namespace Foresee.Tests.Augmentation;

public sealed class ResamplerTests
{
    [Theory]
    [InlineData(1, 8)]
    [InlineData(2, 13)]
    [InlineData(3, 16)]
    [InlineData(4, 5)]
    [InlineData(6, 9)] // two groups of channels
    public void Pixels_are_those_that_a_slow_loop_finds(int channels, int side)
    {
        var patches = Made.Patches(20, channels, side, seed: side);
        var warp = new Warp(side, side);
        var resampler = new Resampler(side, side);
        for (var i = 0; i < patches.Length; i++)
        {
            warp.Clear();
            var random = new ViewRandom(1, i, 0);
            new Rotation(60).Move(warp, ref random);
            new Shear(0.4, 0.4).Move(warp, ref random);
            if (i % 2 == 0) new Elastic(0.1).Move(warp, ref random);
            float[] moved = [.. patches[i]];
            resampler.Apply(warp, moved, channels, fill: 0.25f);
            Made.Near(Slow(patches[i], warp, channels, side), moved, 1e-4, $"patch {i}");
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
        Assert.True(warp.IsWhole && warp.IsMirror);
        warp.Mirror();
        Assert.True(warp.IsWhole && !warp.IsMirror);
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
                        expected += Spline((y + 0.5) / Side * Cells - (i - 1)) * Spline((x + 0.5) / Side * Cells - (j - 1)) * grid[i * Points + j];
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

    private static float[] Slow(float[] patch, Warp warp, int channels, int side)
    {
        var result = new float[patch.Length];
        for (var c = 0; c < channels; c++)
            for (var y = 0; y < side; y++)
                for (var x = 0; x < side; x++)
                {
                    var target = new Vector2(x + 0.5f - side / 2f, y + 0.5f - side / 2f);
                    if (warp.IsElastic) target += new Vector2(warp.Across[y * side + x], warp.Down[y * side + x]);
                    var source = Vector2.Transform(target, warp.Map) + new Vector2(side / 2f);
                    var inside = source.X >= 0 && source.X < side && source.Y >= 0 && source.Y < side;
                    result[(c * side + y) * side + x] = inside ? Between(source.X - 0.5, source.Y - 0.5, c) : 0.25f;
                }
        return result;

        float Between(double x, double y, int c)
        {
            var (left, top) = ((int)Math.Floor(x), (int)Math.Floor(y));
            double Pixel(int px, int py) => patch[(c * side + Math.Clamp(py, 0, side - 1)) * side + Math.Clamp(px, 0, side - 1)];
            double Row(int py) => Pixel(left, py) * (1 - (x - left)) + Pixel(left + 1, py) * (x - left);
            return (float)(Row(top) * (1 - (y - top)) + Row(top + 1) * (y - top));
        }
    }
}
