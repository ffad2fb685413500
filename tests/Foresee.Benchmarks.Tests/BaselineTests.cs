namespace Foresee.Benchmarks.Tests;

public sealed class BaselineTests
{
    [Theory]
    [InlineData("/no/such/python3", "can't be started")]
    [InlineData("/bin/false", "has no PyTorch with torchvision")]
    public void A_missing_baseline_is_told_with_what_to_install(string python, string expected)
    {
        var baseline = Baseline.Find(python);
        Assert.Null(baseline.Version);
        Assert.Contains(expected, baseline.Fault, StringComparison.Ordinal);
        Assert.Contains("apt-get install python3-torch python3-torchvision", baseline.Fault, StringComparison.Ordinal);
    }
}
