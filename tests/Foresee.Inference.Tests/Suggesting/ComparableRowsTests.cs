using Foresee.Inference.Suggesting;

namespace Foresee.Inference.Tests.Suggesting;

public sealed class ComparableRowsTests
{
    /// <summary>
    /// With all axes kept y·y' = zᵀ (C + s λ̄)⁻¹ z' for the covariance C of the standardised features, which needs no eigenvectors.
    /// </summary>
    [Fact]
    public void Cosines_are_those_of_the_shrunk_inverse_covariance()
    {
        var rows = Mixed(200, 7);
        var compared = ComparableRows.Of(rows, threads: 1, CancellationToken.None);
        var z = Standardised(rows);
        var system = new double[7, 7];
        for (var a = 0; a < 7; a++)
            for (var b = 0; b < 7; b++) system[a, b] = z.Average(row => row[a] * row[b]) + (a == b ? 0.1 : 0); // the mean eigenvalue is 1
        double Product(int i, int j) => Solved(system, z[j]).Zip(z[i]).Sum(pair => pair.First * pair.Second);
        for (var i = 0; i < 10; i++)
            for (var j = 0; j < 10; j++)
                Assert.Equal(Product(i, j) / Math.Sqrt(Product(i, i) * Product(j, j)),
                    Enumerable.Range(0, 7).Sum(k => (double)compared[i][k] * compared[j][k]), 1e-4);
    }

    [Fact]
    public void Axes_are_eigenvectors_of_the_covariance_the_largest_first()
    {
        var rows = Mixed(300, 40);
        var (axes, values) = PrincipalAxes.Of(rows, 5, threads: 2, CancellationToken.None);
        Assert.Equal(values.OrderDescending(), values);
        for (var a = 0; a < 5; a++)
        {
            var product = new double[40];
            for (var i = 0; i < rows.Count; i++)
            {
                double score = 0;
                for (var k = 0; k < 40; k++) score += rows[i][k] * axes[a][k];
                for (var k = 0; k < 40; k++) product[k] += rows[i][k] * score / rows.Count;
            }
            for (var k = 0; k < 40; k++) Assert.Equal(values[a] * axes[a][k], product[k], 2e-3 * values[0]);
            for (var b = 0; b < 5; b++)
                Assert.Equal(a == b ? 1 : 0, axes[a].Zip(axes[b]).Sum(pair => (double)pair.First * pair.Second), 1e-4);
        }
    }

    [Fact]
    public void A_feature_that_never_changes_counts_nothing()
    {
        float[][] changing = [[1, 4], [2, 3], [4, 1], [0, 2]];
        var without = ComparableRows.Of(Rows.Of(changing), 1, CancellationToken.None);
        var with = ComparableRows.Of(Rows.Of([.. changing.Select(row => new[] { row[0], 5, row[1] })]), 1, CancellationToken.None);
        for (var i = 0; i < 4; i++)
            for (var j = 0; j < 4; j++) Assert.Equal(Rows.Distance(without, i, j), Rows.Distance(with, i, j), 1e-4);
    }

    [Fact]
    public void Equal_rows_are_comparable_too() =>
        Assert.Equal([0, 0], ComparableRows.Of(Rows.Of([1, 2], [1, 2], [1, 2]), 1, CancellationToken.None)[0].ToArray());

    /// <summary>Features that go together, some much and some little.</summary>
    private static FeatureRows Mixed(int count, int width)
    {
        var (noise, mixing) = (Rows.ByChance(count, width, seed: 8), Rows.ByChance(width, width, seed: 9));
        return Rows.Of([.. Enumerable.Range(0, count).Select(i => Enumerable.Range(0, width).Select(k =>
            (float)Enumerable.Range(0, width).Sum(j => noise[i][j] * mixing[j][k] / (j + 1.0))).ToArray())]);
    }

    private static double[][] Standardised(FeatureRows rows)
    {
        var columns = Enumerable.Range(0, rows.Width)
            .Select(k => Enumerable.Range(0, rows.Count).Select(i => (double)rows[i][k]).ToArray());
        double[][] standard = [.. columns.Select(column =>
        {
            var deviation = Math.Sqrt(column.Average(value => Math.Pow(value - column.Average(), 2)));
            return column.Select(value => (value - column.Average()) / deviation).ToArray();
        })];
        return [.. Enumerable.Range(0, rows.Count).Select(i => standard.Select(column => column[i]).ToArray())];
    }

    /// <summary>Gauss's elimination; the matrix is positive definite.</summary>
    private static double[] Solved(double[,] matrix, double[] right)
    {
        var (a, b, n) = ((double[,])matrix.Clone(), (double[])right.Clone(), right.Length);
        for (var p = 0; p < n; p++)
            for (var row = p + 1; row < n; row++)
            {
                var share = a[row, p] / a[p, p];
                for (var k = p; k < n; k++) a[row, k] -= share * a[p, k];
                b[row] -= share * b[p];
            }
        for (var p = n - 1; p >= 0; p--)
        {
            for (var k = p + 1; k < n; k++) b[p] -= a[p, k] * b[k];
            b[p] /= a[p, p];
        }
        return b;
    }
}
