namespace Foresee.Inference.Suggesting;

/// <summary>
/// TypiClust (Hacohen, Dekel and Weinshall, ICML 2022, algorithm 1): k-means with min(|L| + B, 500) clusters for |L| labels and a budget
/// B; clusters of 5 rows or fewer are left for the end; the others come in the order (fewest labels, largest), over and over, and each
/// gives its most typical row without a label.
/// </summary>
internal static class Coverage
{
    private const int MostClusters = 500, Small = 5;

    public static IEnumerable<Suggestion> Choose(FeatureRows rows, Chosen chosen, int count, ulong seed, int threads,
        CancellationToken cancel)
    {
        var clusters = Math.Min(Math.Min(chosen.All.Count + count, MostClusters), rows.Count);
        var groups = Clusters.Of(rows, clusters, seed, threads, cancel).Index().GroupBy(pair => pair.Item, pair => pair.Index)
            .Select(members => new Group([.. members], chosen)).Where(group => group.Open.Length > 0)
            .OrderBy(group => group.Size <= Small).ThenBy(group => group.Labels).ThenByDescending(group => group.Size)
            .ThenBy(group => group.Open[0]).ToList();
        var options = new ParallelOptions { MaxDegreeOfParallelism = threads, CancellationToken = cancel };
        Parallel.ForEach(groups.Take(count), options, group => group.Sort(rows));
        var large = groups.Where(group => group.Size > Small).ToList();
        foreach (var some in new[] { large, groups.Skip(large.Count).ToList() })
            while (count > 0 && some.Count > 0)
                foreach (var group in some.ToList())
                {
                    cancel.ThrowIfCancellationRequested();
                    if (count == 0) yield break;
                    if (group.Next(rows, chosen) is { } suggestion)
                    {
                        count--;
                        yield return suggestion;
                    }
                    else some.Remove(group);
                }
    }

    private sealed class Group(int[] members, Chosen chosen)
    {
        private Queue<(int Row, double Typicality)>? sorted;

        public int Size => members.Length;
        public int Labels { get; } = members.Count(chosen.IsTaken);
        public int[] Open { get; } = [.. members.Where(row => !chosen.IsTaken(row))];

        public Queue<(int Row, double Typicality)> Sort(FeatureRows rows) => sorted ??= new(Open.Length == 1 ? [(Open[0], 0)]
            : Open.Zip(Typicality.Of(rows, Open)).OrderByDescending(pair => pair.Second).ThenBy(pair => pair.First));

        /// <summary>Null where nothing is left but what is like something chosen.</summary>
        public Suggestion? Next(FeatureRows rows, Chosen chosen)
        {
            while (Sort(rows).TryDequeue(out var best))
                if (chosen.TryAdd(best.Row))
                    return new(best.Row, SuggestionRule.Coverage, best.Typicality,
                        $"typical of {Size:N0} images that are alike, {(Labels == 0 ? "none" : $"{Labels}")} of them labelled");
            return null;
        }
    }
}
