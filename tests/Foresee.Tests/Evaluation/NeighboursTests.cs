using Foresee.Evaluation;
using Foresee.Torch;

namespace Foresee.Tests.Evaluation;

public sealed class NeighbourVoteTests
{
    private static double Cosine(float[] a, float[] b) =>
        a.Zip(b, (p, q) => (double)p * q).Sum() / Math.Sqrt(a.Sum(p => (double)p * p) * b.Sum(q => (double)q * q));

    private static int Slow(float[] query, IEnumerable<float[]> rows, int[] labels, int count, double temperature)
    {
        var votes = new double[3];
        foreach (var (cosine, label) in rows.Zip(labels, (row, label) => (Cosine(query, row), label)).OrderByDescending(pair => pair.Item1)
            .Take(count))
            votes[label] += Math.Exp(cosine / temperature);
        return Array.IndexOf(votes, votes.Max());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    [InlineData(20)]
    public void Votes_equal_a_slow_loop(int count)
    {
        using var scope = TensorScope.Begin();
        var (features, labels, test) = (LinearProbeTests.Clouds(45, 0.8, 1), LinearProbeTests.Turns(45),
            LinearProbeTests.Clouds(200, 0.8, 2));
        using var neighbours = NeighbourVote.Fit(features, labels, 3, new(0.5) { Counts = [count] });
        var rows = features.ToArray<float>().Chunk(4).ToArray();
        int[] expected = [.. test.ToArray<float>().Chunk(4).Select(query => Slow(query, rows, labels, count, 0.5))];
        Assert.Equal(expected, neighbours.Predict(test));
    }

    [Fact]
    public void The_count_is_the_best_with_each_label_left_out_in_turn()
    {
        using var scope = TensorScope.Begin();
        var (features, labels) = (LinearProbeTests.Clouds(45, 0.9, 3), LinearProbeTests.Turns(45));
        int[] counts = [1, 4, 12, 30];
        using var neighbours = NeighbourVote.Fit(features, labels, 3, new() { Counts = counts });
        var rows = features.ToArray<float>().Chunk(4).ToArray();
        var right = counts.Select(count => Enumerable.Range(0, 45).Count(i =>
            Slow(rows[i], rows.Where((_, j) => j != i), [.. labels.Where((_, j) => j != i)], count, 0.07) == labels[i])).ToArray();
        Assert.True(right.Distinct().Count() > 1, "the counts must differ for this test to say something");
        Assert.Equal(counts[Array.IndexOf(right, right.Max())], neighbours.Count);
    }

    [Fact]
    public void The_length_of_a_vector_does_not_matter()
    {
        using var scope = TensorScope.Begin();
        var features = LinearProbeTests.Clouds(30, 0.6, 4);
        using var a = NeighbourVote.Fit(features, LinearProbeTests.Turns(30), 3, new());
        using var b = NeighbourVote.Fit(features * 1000, LinearProbeTests.Turns(30), 3, new());
        var test = LinearProbeTests.Clouds(90, 0.6, 5);
        Assert.Equal(a.Predict(test), b.Predict(test * 0.01));
    }
}
