using Foresee.Patches;

namespace Foresee.Tests.Patches;

public sealed class PermutationSetTests
{
    [Fact]
    public void A_hundred_orders_differ_in_six_places_or_more()
    {
        var orders = PermutationSet.Of(100);
        Assert.Equal(100, orders.Count);
        Assert.All(orders, order => Assert.Equal(Enumerable.Range(0, 9), order.Order()));
        Assert.Equal(Enumerable.Range(0, 9), orders[0]);
        int[] distances = [.. from i in Enumerable.Range(0, 100) from j in Enumerable.Range(0,
            i) select orders[i].Zip(orders[j]).Count(pair => pair.First != pair.Second)];
        Assert.Equal(6, distances.Min()); // of orders drawn at random 4, of the paper's rule 2
        Assert.InRange(distances.Average(), 8, 8.2);
    }
}
