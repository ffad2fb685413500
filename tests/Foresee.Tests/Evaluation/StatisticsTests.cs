using Foresee.Evaluation;

namespace Foresee.Tests.Evaluation;

public sealed class StatisticsTests
{
    // Printed tables of Student's distribution.
    [Theory]
    [InlineData(1, 12.7062)]
    [InlineData(2, 4.3027)]
    [InlineData(3, 3.1824)]
    [InlineData(4, 2.7764)]
    [InlineData(5, 2.5706)]
    [InlineData(10, 2.2281)]
    [InlineData(29, 2.0452)]
    [InlineData(120, 1.9799)]
    public void The_quantile_is_that_of_the_printed_table(int degrees, double expected) =>
        Assert.Equal(expected, Statistics.StudentQuantile(0.975, degrees), 4);

    [Fact]
    public void The_interval_of_three_draws_is_the_hand_computed_one()
    {
        // mean 72, deviation √((1 + 1 + 4) / 2) = 1.7321, / √3 = 1, times 4.3027
        var interval = Statistics.Confidence([71, 71, 74]);
        Assert.Equal(72, interval.Mean, 10);
        Assert.Equal(4.3027, interval.HalfWidth!.Value, 4);
        Assert.True(interval.IsPositive);
        Assert.Equal("72.0 ± 4.3", interval.ToString());
    }

    [Fact]
    public void An_interval_of_shares_ends_at_0_and_at_100_per_cent()
    {
        var wide = Statistics.Confidence([90, 100]) with { OfShares = true }; // 95 ± 12.7 * 5
        Assert.Equal((95 - 12.7062 * 5, 100.0), (wide.Low!.Value, wide.High!.Value), (a, b) => Math.Abs(a.Item1 - b.Item1) < 1e-3
            && a.Item2 == b.Item2);
        Assert.Equal(0, (Statistics.Confidence([1, 9]) with { OfShares = true }).Low);
        Assert.True(Statistics.Confidence([1, 9]).Low < 0); // a difference may be below 0
        Assert.Null((Statistics.Confidence([1]) with { OfShares = true }).High);
    }

    [Fact]
    public void One_draw_has_no_interval_and_proves_nothing()
    {
        var interval = Statistics.Confidence([5]);
        Assert.Null(interval.HalfWidth);
        Assert.False(interval.IsPositive);
        Assert.Equal("5.0", interval.ToString());
    }

    [Fact]
    public void Pairing_removes_what_both_sides_share()
    {
        double[] a = [70, 75, 80], b = [66, 70, 77]; // differences 4, 5, 3: mean 4, deviation 1
        var difference = Statistics.PairedDifference(a, b);
        Assert.Equal(4, difference.Mean, 10);
        Assert.Equal(4.3027 / Math.Sqrt(3), difference.HalfWidth!.Value, 1e-3);
        Assert.True(difference.IsPositive);
        Assert.True(Statistics.Confidence(a).HalfWidth > 4 * difference.HalfWidth);
    }

    [Fact]
    public void Unequal_numbers_of_draws_are_refused() =>
        Assert.Contains("3 and 2", Assert.Throws<ArgumentException>(() => Statistics.PairedDifference([1, 2, 3], [1, 2])).Message,
            StringComparison.Ordinal);
}
