using System.Numerics.Tensors;

namespace Foresee.Inference.Suggesting;

/// <summary>
/// Rows as they are compared. z = (x - μ) / σ of each feature; y_i = v_i·z / √(λ_i + s λ̄) along the leading 64 principal axes v_i of z,
/// with eigenvalues λ_i of mean λ̄ over the features that change and s = 0.1; then y of length 1, so that |y - y'|² = 2 - 2 cos.
/// </summary>
/// <remarks>
/// Raw features have a large common part, and a few directions in which all images differ; beside these nothing else would count.
/// </remarks>
internal static class ComparableRows
{
    public const int Axes = 64;
    public const double Shrinkage = 0.1;
    private const int MostMeasured = 3000; // rows that give the axes, evenly taken

    /// <returns>[N, min(64, K, N)]; a row that is the mean stays 0.</returns>
    public static FeatureRows Of(FeatureRows rows, int threads, CancellationToken cancel)
    {
        var standard = Standardised(rows);
        var step = (rows.Count + MostMeasured - 1) / MostMeasured;
        var sample = standard.Select([.. Enumerable.Range(0, rows.Count).Where(row => row % step == 0)]);
        var (axes, values) = PrincipalAxes.Of(sample, Axes, threads, cancel);
        var floor = Shrinkage * MeanVariance(sample) + 1e-12;                                // s λ̄
        var result = new float[rows.Count * axes.Length];
        var options = new ParallelOptions { MaxDegreeOfParallelism = threads, CancellationToken = cancel };
        Parallel.For(0, rows.Count, options, i =>
        {
            var y = result.AsSpan(i * axes.Length, axes.Length);
            for (var k = 0; k < axes.Length; k++)
                y[k] = TensorPrimitives.Dot(standard[i], axes[k]) / (float)Math.Sqrt(values[k] + floor);
            var length = TensorPrimitives.Norm(y);
            if (length > 0) TensorPrimitives.Divide(y, length, y);
        });
        return new(result, axes.Length);
    }

    /// <summary>λ̄, of the features that change.</summary>
    private static double MeanVariance(FeatureRows rows)
    {
        var squares = new double[rows.Width];
        for (var i = 0; i < rows.Count; i++)
        {
            var row = rows[i];
            for (var k = 0; k < squares.Length; k++) squares[k] += (double)row[k] * row[k] / rows.Count;
        }
        return squares.Where(square => square > 0).DefaultIfEmpty(0).Average();
    }

    /// <summary>A feature whose σ is next to nothing becomes 0.</summary>
    private static FeatureRows Standardised(FeatureRows rows)
    {
        var (mean, scale) = (new double[rows.Width], new double[rows.Width]);
        for (var i = 0; i < rows.Count; i++)
        {
            var row = rows[i];
            for (var k = 0; k < mean.Length; k++) mean[k] += row[k] / (double)rows.Count;
        }
        for (var i = 0; i < rows.Count; i++)
        {
            var row = rows[i];
            for (var k = 0; k < mean.Length; k++) scale[k] += (row[k] - mean[k]) * (row[k] - mean[k]) / rows.Count;
        }
        var largest = Math.Sqrt(scale.Max());
        for (var k = 0; k < scale.Length; k++)
            scale[k] = Math.Sqrt(scale[k]) is var deviation && deviation > 1e-6 * largest ? 1 / deviation : 0;
        var result = new float[rows.Count * rows.Width];
        for (var i = 0; i < rows.Count; i++)
        {
            var row = rows[i];
            for (var k = 0; k < mean.Length; k++) result[i * rows.Width + k] = (float)((row[k] - mean[k]) * scale[k]);
        }
        return new(result, rows.Width);
    }
}
