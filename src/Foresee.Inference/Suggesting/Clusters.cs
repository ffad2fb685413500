using System.Numerics.Tensors;
using Foresee.Images;

namespace Foresee.Inference.Suggesting;

/// <summary>
/// k-means: Lloyd's rounds (each row goes to its nearest centre, each centre to the mean of its rows) from k-means++ (Arthur and
/// Vassilvitskii, 2007: the next centre is a row with probability proportional to D², its squared distance to the nearest centre so far).
/// </summary>
internal static class Clusters
{
    public const int Rounds = 20;
    private const int SeedsFrom = 10;      // times k rows, among which k-means++ looks for centres
    private const double Settled = 1e-3;   // share of the rows that still change their cluster
    private const int MostFitted = 50_000; // rows that move centres; the others are only assigned

    /// <summary>The cluster of each row, 0 to count - 1. Equal for equal seeds, whatever the number of threads.</summary>
    public static int[] Of(FeatureRows rows, int count, ulong seed, int threads, CancellationToken cancel)
    {
        if (count >= rows.Count) return [.. Enumerable.Range(0, rows.Count)];
        var random = new SeededOrder(seed);
        var sample = rows.Count <= MostFitted ? rows : rows.Select(random.Permutation(rows.Count)[..MostFitted]);
        var centres = Seeds(sample, count, random, threads, cancel);
        var (nearest, squared) = NearestRow.Of(sample, centres, threads, cancel);
        for (var round = 0; round < Rounds; round++)
        {
            centres = Means(sample, nearest, squared, count);
            var before = nearest;
            (nearest, squared) = NearestRow.Of(sample, centres, threads, cancel);
            if (before.Zip(nearest).Count(pair => pair.First != pair.Second) <= Settled * sample.Count) break;
        }
        return sample == rows ? nearest : NearestRow.Of(rows, centres, threads, cancel).Nearest;
    }

    private static FeatureRows Seeds(FeatureRows rows, int count, SeededOrder random, int threads, CancellationToken cancel)
    {
        var order = random.Permutation(rows.Count);
        var some = rows.Select(order[..(int)Math.Min(rows.Count, Math.Max(1000L, (long)SeedsFrom * count))]);
        var chosen = new List<int> { 0 };
        var (nearest, squared) = (new int[some.Count], new float[some.Count]);
        Array.Fill(squared, float.PositiveInfinity);
        while (chosen.Count < count)
        {
            NearestRow.Find(some, some.Select([chosen[^1]]), nearest, squared, threads, cancel);
            chosen.Add(Drawn(squared, random));
        }
        return some.Select(chosen);
    }

    /// <summary>A place with probability proportional to its weight; any where all weights are 0.</summary>
    private static int Drawn(float[] weights, SeededOrder random)
    {
        var total = weights.Sum(weight => (double)weight);
        if (total <= 0) return random.Below(weights.Length);
        var at = (random.Next() >> 11) / (double)(1UL << 53) * total;
        for (var i = 0; i < weights.Length; i++)
            if ((at -= weights[i]) < 0) return i;
        return Array.FindLastIndex(weights, weight => weight > 0); // what rounding left
    }

    /// <summary>A centre without rows begins again at the row that is farthest from its own.</summary>
    private static FeatureRows Means(FeatureRows rows, int[] cluster, float[] squared, int count)
    {
        var (sums, sizes) = (new float[count * rows.Width], new int[count]);
        for (var i = 0; i < rows.Count; i++)
        {
            var sum = sums.AsSpan(cluster[i] * rows.Width, rows.Width);
            TensorPrimitives.Add(sum, rows[i], sum);
            sizes[cluster[i]]++;
        }
        for (var c = 0; c < count; c++)
        {
            var centre = sums.AsSpan(c * rows.Width, rows.Width);
            if (sizes[c] > 0)
            {
                TensorPrimitives.Divide(centre, sizes[c], centre);
                continue;
            }
            var far = TensorPrimitives.IndexOfMax(squared);
            rows[far].CopyTo(centre);
            squared[far] = 0;
        }
        return new(sums, rows.Width);
    }
}
