using Foresee.Evaluation;

namespace Foresee.Tests.Evaluation;

public sealed class BestOfTests
{
    private const double Tolerance = 0.006; // four standard errors of 100,000 samples

    [Fact]
    public void Of_two_it_is_the_probability_of_the_paired_t_distribution()
    {
        double[] a = [60, 71, 64.5], b = [59, 68, 64]; // differences 1, 3, 0.5
        var t = 1.5 / (Math.Sqrt((0.25 + 2.25 + 1) / 2) / Math.Sqrt(3));
        var expected = 0.5 + t / (2 * Math.Sqrt(2 + t * t)); // Student's distribution with 2 degrees of freedom
        Assert.Equal([expected, 1 - expected], BestOf.Probabilities([a, b])!, (x, y) => Math.Abs(x - y) < Tolerance);
    }

    [Fact]
    public void Of_several_it_is_the_integral_over_a_slow_grid()
    {
        double[][] values = [[80, 84, 81], [79, 84.5, 80.5], [82, 80, 81]];
        var expected = new double[3];
        // With 3 draws μ - x̄ = Σ_d g_d deviation_d / √6 · √(2/χ²) lies in a plane: the two directions u, v of g that are left, each
        // point of it with the density of a bivariate Student distribution of 2 degrees of freedom, (1 + (p² + q²)/2)^-2 / 2π.
        double[] u = [1 / Math.Sqrt(2), -1 / Math.Sqrt(2), 0], v = [1 / Math.Sqrt(6), 1 / Math.Sqrt(6), -2 / Math.Sqrt(6)];
        const double step = 0.05, limit = 60;
        for (var p = -limit; p <= limit; p += step)
            for (var q = -limit; q <= limit; q += step)
            {
                var best = Enumerable.Range(0, 3).MaxBy(s =>
                {
                    var mean = values[s].Average();
                    return mean + Enumerable.Range(0, 3).Sum(d => (p * u[d] + q * v[d]) * (values[s][d] - mean)) / Math.Sqrt(6);
                });
                expected[best] += step * step / (2 * Math.PI) * Math.Pow(1 + (p * p + q * q) / 2, -2);
            }
        Assert.InRange(expected.Sum(), 0.998, 1.001);
        Assert.Equal(expected, BestOf.Probabilities(values)!, (x, y) => Math.Abs(x - y) < Tolerance);
    }

    [Fact]
    public void What_all_have_in_common_on_a_draw_cancels()
    {
        double[] a = [60, 71, 64.5], b = [59, 68, 64], c = [58, 70, 62], shift = [30, -20, 5];
        double[] Shifted(double[] values) => [.. values.Zip(shift, (value, by) => value + by)];
        Assert.Equal(BestOf.Probabilities([a, b, c])!, BestOf.Probabilities([Shifted(a), Shifted(b), Shifted(c)])!,
            (x, y) => Math.Abs(x - y) < 1e-4); // the same samples; a rounding may turn single ones
    }

    [Fact]
    public void Equal_ones_share_and_one_draw_tells_nothing()
    {
        double[] a = [60, 71], b = [50, 65];
        var shared = BestOf.Probabilities([a, a, b])!;
        Assert.Equal(shared[0], shared[1]);
        Assert.Equal(1, shared.Sum(), 1e-9);
        Assert.Null(BestOf.Probabilities([[60], [50]]));
        var error = Assert.Throws<ArgumentException>(() => BestOf.Probabilities([[60, 71], [50]]));
        Assert.Contains("2, 1", error.Message, StringComparison.Ordinal);
    }
}
