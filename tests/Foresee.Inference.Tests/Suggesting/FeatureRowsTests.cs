using Foresee.Inference.Suggesting;

namespace Foresee.Inference.Tests.Suggesting;

public sealed class FeatureRowsTests
{
    [Fact]
    public void Rows_that_are_not_whole_or_not_finite_are_refused()
    {
        Assert.Contains("rows of 3 numbers, got 4", Assert.Throws<ArgumentException>(() => new FeatureRows(new float[4], 3)).Message,
            StringComparison.Ordinal);
        Assert.Contains("got NaN in row 1", Assert.Throws<ArgumentException>(() => Rows.Of([1, 2], [float.NaN, 0])).Message,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Nearest_rows_are_those_of_a_slow_loop(int threads)
    {
        var (rows, others) = (Rows.ByChance(300, 9, seed: 1), Rows.ByChance(200, 9, seed: 2));
        var (nearest, squared) = NearestRow.Of(rows, others, threads, CancellationToken.None);
        for (var i = 0; i < rows.Count; i++)
        {
            var distances = Enumerable.Range(0, others.Count).Select(j =>
                Enumerable.Range(0, rows.Width).Sum(k => Math.Pow((double)rows[i][k] - others[j][k], 2))).ToArray();
            Assert.Equal(distances.Min(), distances[nearest[i]], 1e-5);
            Assert.Equal(distances.Min(), squared[i], 1e-5);
        }
    }
}
