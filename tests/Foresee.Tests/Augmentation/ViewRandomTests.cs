using Foresee.Augmentation;

namespace Foresee.Tests.Augmentation;

public sealed class ViewRandomTests
{
    [Fact]
    public void Neighbouring_patches_and_changes_draw_independently()
    {
        var rows = new List<float[]>();
        foreach (var (seed, patch, change) in from s in new ulong[] { 1, 2 }
                                              from p in Enumerable.Range(0,
            10)
                                              from c in Enumerable.Range(-2, 5)
                                              select (s, p, c))
        {
            var random = new ViewRandom(seed, patch, change);
            rows.Add([.. Enumerable.Range(0, 1000).Select(_ => random.Uniform() - 0.5f)]);
        }
        for (var a = 0; a < rows.Count; a++)
            for (var b = a + 1; b < rows.Count; b++)
                Assert.InRange(rows[a].Zip(rows[b], (x, y) => x * y).Average() * 12, -0.16, 0.16); // 5 standard deviations
    }

    [Fact]
    public void Numbers_below_a_count_are_equally_likely()
    {
        var random = new ViewRandom(3, 0, 0);
        var counts = new int[7];
        for (var i = 0; i < 7000; i++) counts[random.Below(7)]++;
        Assert.All(counts, count => Assert.InRange(count, 850, 1150));
    }

    [Fact]
    public void Uniform_numbers_fill_0_to_1_and_never_reach_1()
    {
        var random = new ViewRandom(4, 0, 0);
        var all = Enumerable.Range(0, 100_000).Select(_ => random.Uniform()).ToList();
        Assert.InRange(all.Min(), 0, 1e-3);
        Assert.InRange(all.Max(), 0.999, 0.99999994);
        Assert.InRange(all.Average(), 0.495, 0.505);
    }
}
