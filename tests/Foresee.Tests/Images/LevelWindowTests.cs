using Foresee.Images;

namespace Foresee.Tests.Images;

public sealed class LevelWindowTests
{
    private static long[] Counts(params (int Value, long Count)[] given)
    {
        var counts = new long[LevelWindow.Levels];
        foreach (var (value, count) in given) counts[value] = count;
        return counts;
    }

    [Fact]
    public void A_window_leaves_one_value_in_a_thousand_outside_at_each_end()
    {
        var even = new long[LevelWindow.Levels];
        Array.Fill(even, 1, 1000, 2000); // 1000 to 2999, each once: two at each end
        Assert.Equal(new LevelWindow([1001], [2997]), LevelWindow.Around([even]));
    }

    [Fact]
    public void A_broken_pixel_does_not_decide()
    {
        var window = LevelWindow.Around([Counts((0, 1), (300, 5_000), (4000, 5_000), (65535, 3)), Counts((7, 10), (9, 90))]);
        Assert.Equal(new LevelWindow([300, 7], [4000, 9]), window);
        Assert.Equal("300 to 4000, 7 to 9", window.ToString());
    }

    [Theory]
    [InlineData(0, 0, 1)]
    [InlineData(500, 500, 501)]
    [InlineData(65535, 65534, 65535)]
    public void Images_of_one_value_have_a_window_all_the_same(int value, int black, int white) =>
        Assert.Equal(new LevelWindow([black], [white]), LevelWindow.Around([Counts((value, 100))]));

    [Fact]
    public void Windows_that_fit_no_channels_or_do_not_rise_are_faults()
    {
        string? Fault(LevelWindow window)
        {
            var faults = new List<string>();
            window.Validate(5, faults);
            return faults.SingleOrDefault();
        }
        Assert.Null(Fault(LevelWindow.Whole));
        Assert.Null(Fault(new([0, 1, 2, 3, 4], [5, 5, 5, 5, 5])));
        Assert.Equal("the window for 16 bits needs 1 black and 1 white, or 5 of each, got 2 and 2", Fault(new([0, 0], [1, 1])));
        Assert.Equal("the window for 16 bits must rise within 0..65535, got 0 to 65536", Fault(new([0], [65536])));
    }
}
