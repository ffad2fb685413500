using Foresee.Images;

namespace Foresee.Tests.Images;

public sealed class EvenSampleTests
{
    [Theory]
    [InlineData(10, 5, new[] { 0, 2, 4, 6, 8 })]
    [InlineData(7, 3, new[] { 0, 2, 4 })]
    [InlineData(3, 5, new[] { 0, 1, 2 })]
    [InlineData(0, 5, new int[0])]
    [InlineData(5, 0, new int[0])]
    public void Places_are_spread_and_never_more_than_there_are(int total, int count, int[] expected) =>
        Assert.Equal(expected, EvenSample.Of(total, count));

    [Fact]
    public void A_long_list_does_not_overflow()
    {
        var sample = EvenSample.Of(2_000_000_000, 3000);
        Assert.Equal(1_999_333_333, sample[^1]); // 2,999 x 2·10⁹ / 3,000
        Assert.Equal(sample.Order(), sample);
    }
}
