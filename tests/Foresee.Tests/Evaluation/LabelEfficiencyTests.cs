using Foresee.Evaluation;

namespace Foresee.Tests.Evaluation;

public sealed class LabelEfficiencyTests
{
    private static readonly CurvePoint[] Pixels = [new(10, 70), new(40, 80), new(160, 84)];

    [Theory]
    [InlineData(10, 75, 2)] // half of the way from 10 to 40 in log labels: 20
    [InlineData(10, 80, 4)]
    [InlineData(20, 82, 4)] // half of the way from 40 to 160: 80
    [InlineData(10, 70, 1)]
    public void The_factor_is_read_between_the_points_over_log_labels(double labels, double accuracy, double factor)
    {
        var saving = Assert.Single(LabelEfficiency.Read([new(labels, accuracy)], Pixels));
        Assert.Equal(FactorReading.Measured, saving.Reading);
        Assert.Equal(factor, saving.Factor, 9);
    }

    [Fact]
    public void A_rival_that_never_gets_there_gives_more_than_the_largest_ratio()
    {
        var saving = Assert.Single(LabelEfficiency.Read([new(10, 90)], Pixels));
        Assert.Equal(FactorReading.MoreThan, saving.Reading);
        Assert.Equal(16, saving.Factor, 9);
        Assert.Equal("more than 16.0 times", saving.ToString());
    }

    [Fact]
    public void A_rival_that_is_better_at_once_gives_less_than()
    {
        var saving = Assert.Single(LabelEfficiency.Read([new(10, 60)], Pixels));
        Assert.Equal(FactorReading.LessThan, saving.Reading);
        Assert.Equal("less than 1.0 times", saving.ToString());
    }

    [Fact]
    public void A_dented_curve_is_read_at_the_first_crossing()
    {
        var saving = Assert.Single(LabelEfficiency.Read([new(10, 75)], [new(10, 70), new(40, 80), new(160, 72), new(640, 90)]));
        Assert.Equal(2, saving.Factor, 9);
    }

    [Fact]
    public void Points_come_back_in_the_order_of_labels()
    {
        var savings = LabelEfficiency.Read([new(40, 82), new(10, 80)], Pixels.Reverse());
        Assert.Equal([10.0, 40.0], savings.Select(s => s.Labels));
        Assert.Equal([4.0, 2.0], savings.Select(s => s.Factor).ToArray(), new Close());
    }

    private sealed class Close : IEqualityComparer<double>
    {
        public bool Equals(double x, double y) => Math.Abs(x - y) < 1e-9;
        public int GetHashCode(double value) => 0;
    }
}
