using Foresee.Torch;

namespace Foresee.Fitting;

/// <summary>
/// When an image is out of place: its mean cosine distance to the nearest references is larger than that of 19 in 20 training images to
/// theirs, each measured without itself (Sun et al., ICML 2022: deep nearest neighbours).
/// </summary>
internal static class Novelty
{
    public const int Neighbours = 5;
    public const double Specificity = 0.95;

    /// <summary>With fewer the quantile would be the largest distance.</summary>
    public const int LeastReferences = 20;

    private const int Block = 500;

    /// <param name="distances">Of the references.</param>
    /// <returns>The threshold; null for fewer references than <see cref="LeastReferences"/>.</returns>
    public static double? Threshold(double[] distances) => distances.Length < LeastReferences ? null
        : distances.Order().ElementAt((int)Math.Ceiling(Specificity * distances.Length) - 1);

    /// <summary>Of each row the mean cosine distance to the nearest others.</summary>
    /// <param name="features">f32 [M, K] of two references or more, not normalised.</param>
    public static double[] Distances(Tensor features, CancellationToken cancel)
    {
        using var scope = TensorScope.Begin();
        var (count, unit) = ((int)features.Size(0), features / features.Square().Sum(1, keep: true).Sqrt().Clamp(low: 1e-12));
        var nearest = Math.Min(Neighbours, count - 1);
        var distances = new double[count];
        for (var from = 0; from < count; from += Block)
        {
            cancel.ThrowIfCancellationRequested();
            using var inner = TensorScope.Begin();
            var size = Math.Min(Block, count - from);
            var top = unit.Narrow(0, from, size).MatMul(unit.T()).TopK(nearest + 1, 1);         // [size, nearest + 1]
            var (values, indices) = (top.Values.ToArray<float>(), top.Indices.ToArray<long>());
            for (var row = 0; row < size; row++)
            {
                var (sum, taken) = (0.0, 0);
                for (var n = 0; n <= nearest && taken < nearest; n++)
                    if (indices[row * (nearest + 1) + n] != from + row)
                    {
                        sum += 1 - values[row * (nearest + 1) + n];
                        taken++;
                    }
                distances[from + row] = sum / taken;
            }
        }
        return distances;
    }
}
