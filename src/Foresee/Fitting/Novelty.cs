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
    /// <param name="contents">[M]: copies share a word and are no neighbours of each other; null where there are none.</param>
    public static double[] Distances(Tensor features, CancellationToken cancel, string[]? contents = null)
    {
        using var scope = TensorScope.Begin();
        var (count, unit) = ((int)features.Size(0), features / features.Square().Sum(1, keep: true).Sqrt().Clamp(low: 1e-12));
        var copies = contents?.GroupBy(content => content).Max(group => group.Count()) ?? 1;
        var nearest = Math.Min(Neighbours, count - 1);
        var ranks = Math.Min(nearest + copies, count);
        var distances = new double[count];
        for (var from = 0; from < count; from += Block)
        {
            cancel.ThrowIfCancellationRequested();
            using var inner = TensorScope.Begin();
            var size = Math.Min(Block, count - from);
            var top = unit.Narrow(0, from, size).MatMul(unit.T()).TopK(ranks, 1);               // [size, ranks]
            var (values, indices) = (top.Values.ToArray<float>(), top.Indices.ToArray<long>());
            for (var row = 0; row < size; row++)
            {
                var (sum, taken) = (0.0, 0);
                for (var n = 0; n < ranks && taken < nearest; n++)
                {
                    var other = indices[row * ranks + n];
                    if (other == from + row || contents is not null && contents[other] == contents[from + row]) continue;
                    sum += 1 - values[row * ranks + n];
                    taken++;
                }
                distances[from + row] = sum / Math.Max(1, taken); // 0 where all are copies of one image
            }
        }
        return distances;
    }
}
