namespace Foresee.Studies.Affinity;

/// <summary>Which sources to train where only some can be.</summary>
/// <param name="Sources">Rising.</param>
/// <param name="Best">Of each target, the source of the set that serves it.</param>
/// <param name="Affinity">Summed over the targets.</param>
public sealed record SourceSet(IReadOnlyList<int> Sources, IReadOnlyList<int> Best, double Affinity)
{
    /// <summary>
    /// The set of at most so many sources with the largest Σ_t max_{s in set} affinity(s, t), of all sets; the smaller, then the first, of
    /// equals.
    /// </summary>
    /// <param name="affinity">[target][source]</param>
    /// <remarks>
    /// What Taskonomy's 0/1 programme maximises where each source costs 1 and each target weighs 1 (Zamir et al. 2018, section 3.4); at
    /// most 20 sources, so all 2^n sets are looked at.
    /// </remarks>
    public static SourceSet Of(IReadOnlyList<double[]> affinity, int budget)
    {
        var count = affinity[0].Length;
        if (count > 20 || budget < 1) throw new ArgumentException($"A set is chosen from at most 20 sources and has 1 or more, got {count} and {budget}.");
        SourceSet? best = null;
        foreach (var mask in Enumerable.Range(1, (1 << count) - 1).OrderBy(mask => int.PopCount(mask)))
        {
            if (int.PopCount(mask) > budget) break;
            int[] sources = [.. Enumerable.Range(0, count).Where(source => (mask >> source & 1) == 1)];
            int[] chosen = [.. affinity.Select(target => sources.MaxBy(source => target[source]))];
            var sum = chosen.Select((source, target) => affinity[target][source]).Sum();
            if (best is null || sum > best.Affinity + 1e-12) best = new(sources, chosen, sum);
        }
        return best!;
    }
}
