using Foresee.Images;

namespace Foresee.Tests.Images;

public sealed class InputFormatTests
{
    private static string? Fault(double[] mean, double[] std)
    {
        var faults = new List<string>();
        new InputFormat(8, 8, 3) { Mean = mean, Std = std }.Validate(faults);
        return faults.Count == 0 ? null : string.Join("; ", faults);
    }

    [Fact]
    public void Mean_and_std_come_together_or_not_at_all()
    {
        double[] three = [0.5, 0.4, 0.3];
        Assert.Null(Fault([], []));
        Assert.Null(Fault(three, three));
        Assert.Equal("mean and std belong together, got 3 and 0 values; give both, or neither", Fault(three, []));
        Assert.Equal("mean and std belong together, got 0 and 3 values; give both, or neither", Fault([], three));
        Assert.Contains("std needs 3 values, one for each channel, got 1", Fault(three, [0.5]), StringComparison.Ordinal);
    }
}
