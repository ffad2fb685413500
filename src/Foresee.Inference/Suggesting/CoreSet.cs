using System.Numerics.Tensors;
using Foresee.Images;

namespace Foresee.Inference.Suggesting;

/// <summary>
/// k-centre greedy: again and again argmax_i min_{j in S} |x_i - x_j|, the row farthest from the set S of what is labelled or chosen
/// (Sener and Savarese, "Active Learning for Convolutional Neural Networks: A Core-Set Approach", ICLR 2018, algorithm 1).
/// </summary>
/// <remarks>It finds what is rare, and outliers with it.</remarks>
internal static class CoreSet
{
    public static IEnumerable<Suggestion> Choose(FeatureRows rows, Chosen chosen, int count, ulong seed, int threads,
        CancellationToken cancel)
    {
        var (nearest, squared) = (new int[rows.Count], new float[rows.Count]);
        Array.Fill(squared, float.PositiveInfinity);
        if (chosen.All.Count > 0) NearestRow.Find(rows, rows.Select(chosen.All), nearest, squared, threads, cancel);
        while (count > 0)
        {
            var row = chosen.All.Count > 0 ? TensorPrimitives.IndexOfMax(squared) : new SeededOrder(seed).Below(rows.Count);
            var distance = MathF.Sqrt(squared[row]);
            if (distance == 0 || !chosen.TryAdd(row)) yield break; // all others are nearer still
            NearestRow.Find(rows, rows.Select([row]), nearest, squared, threads, cancel);
            count--;
            yield return float.IsFinite(distance)
                ? new(row, SuggestionRule.CoreSet, distance, FormattableString.Invariant($"far from all labelled and suggested images (distance {distance:0.00})"))
                : new(row, SuggestionRule.CoreSet, 0, "the first, by chance");
        }
    }
}
