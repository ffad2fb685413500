using Foresee.Benchmarks.Scale;

namespace Foresee.Benchmarks.Tests.Scale;

public sealed class ClusterTests
{
    private static readonly Link slow = new("slow", 1e-3, 1e6), quick = new("quick", 1e-5, 1e9);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(7)]
    public void A_ring_passes_chunks_round_until_all_have_the_sum(int workers)
    {
        // Played out: chunk c of worker w sets out from worker c; each step every worker sends one chunk to the next.
        var chunk = 3e6 / workers;
        var (sums, seconds, sent) = (new int[workers, workers], 0.0, 0.0);
        for (var w = 0; w < workers; w++)
            for (var c = 0; c < workers; c++) sums[w, c] = 1;
        for (var step = 0; step < 2 * (workers - 1); step++)
        {
            var before = (int[,])sums.Clone();
            for (var w = 0; w < workers; w++)
            {
                var (next, c) = ((w + 1) % workers, ((w - step) % workers + workers) % workers);
                sums[next, c] = step < workers - 1 ? before[next, c] + before[w, c] : before[w, c];
            }
            (seconds, sent) = (seconds + slow.Latency + chunk / slow.Bandwidth, sent + chunk);
        }
        Assert.All(sums.Cast<int>(), sum => Assert.Equal(workers, sum));
        var cluster = new Cluster(workers, PerNode: 1, quick, slow);
        Assert.Equal(seconds, cluster.Sum(3e6), 1e-9);
        Assert.Equal(sent, cluster.SumBytes(3e6), 1e-3);
    }

    [Fact]
    public void Nodes_sum_inside_first_and_send_once_round_the_nodes()
    {
        var cluster = new Cluster(32, PerNode: 8, quick, slow);
        Assert.Equal(4, cluster.Nodes);
        Assert.Equal(2 * 7 * (1e-5 + 8e6 / 8 / 1e9) + 2 * 3 * (1e-3 + 8e6 / 4 / 1e6), cluster.Sum(8e6), 1e-9);
        Assert.Equal(2.0 * 3 / 4 * 8e6, cluster.SumBytes(8e6), 1e-3);
    }

    [Fact]
    public void A_single_node_never_uses_the_link_between_nodes()
    {
        var cluster = new Cluster(4, PerNode: 8, quick, slow);
        Assert.Equal(2 * 3 * (1e-5 + 1e6 / 4 / 1e9), cluster.Sum(1e6), 1e-9);
        Assert.Equal(3 * (1e-5 + 1e6 / 1e9), cluster.Gather(1e6), 1e-9);
    }

    [Fact]
    public void Workers_that_fill_no_nodes_are_refused() =>
        Assert.Contains("12 workers", Assert.Throws<ArgumentException>(() => new Cluster(12, 8, quick, slow).Sum(1)).Message,
            StringComparison.Ordinal);
}
