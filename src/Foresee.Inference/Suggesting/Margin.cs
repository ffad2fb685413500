namespace Foresee.Inference.Suggesting;

/// <summary>
/// Margin sampling (Scheffer, Decomain and Wrobel, 2001): the smallest p1 - p2, the difference of the two largest probabilities. Alone it
/// asks many times the same question, so the 10 B least sure of the rows make B clusters, and each gives its least sure row.
/// </summary>
internal static class Margin
{
    private const int Spread = 10;

    public static IEnumerable<Suggestion> Choose(FeatureRows rows, ClassProbabilities probabilities, Chosen chosen, int count, ulong seed,
        int threads, CancellationToken cancel)
    {
        int[] unsure = [.. chosen.Open().Select(row => (Row: row, Doubt.Of(probabilities, row).Margin))
            .OrderBy(pair => pair.Margin).ThenBy(pair => pair.Row).Select(pair => pair.Row)];
        var some = unsure[..(int)Math.Min(unsure.Length, (long)Spread * count)];
        if (some.Length == 0) yield break;
        var cluster = Clusters.Of(rows.Select(some), Math.Min(count, some.Length), seed, threads, cancel);
        // First the least sure of each cluster, then the second of each, then whatever is less sure than all others.
        var order = some.Index().GroupBy(pair => cluster[pair.Index])
            .SelectMany(members => members.Select((pair, place) => (pair.Index, place)))
            .OrderBy(pair => pair.place).ThenBy(pair => pair.Index).Select(pair => some[pair.Index]).Concat(unsure[some.Length..]);
        foreach (var row in order)
        {
            if (count == 0) yield break;
            if (!chosen.TryAdd(row)) continue;
            count--;
            var doubt = Doubt.Of(probabilities, row);
            yield return new(row, SuggestionRule.Margin, doubt.Margin, doubt.InWords(probabilities.Classes));
        }
    }

    /// <param name="First">The most probable class, p1.</param>
    /// <param name="Second">The next, p2.</param>
    internal readonly record struct Doubt(int First, double P1, int Second, double P2)
    {
        public double Margin => P1 - P2;

        public static Doubt Of(ClassProbabilities probabilities, int row)
        {
            var count = probabilities.Classes.Count;
            var p = probabilities.Values.AsSpan(row * count, count);
            int first = 0, second = -1;
            for (var c = 1; c < count; c++)
                if (p[c] > p[first]) (first, second) = (c, first);
                else if (second < 0 || p[c] > p[second]) second = c;
            return new(first, p[first], Math.Max(0, second), second < 0 ? 0 : p[second]);
        }

        public string InWords(IReadOnlyList<string> classes) =>
            FormattableString.Invariant($"{classes[First]} ({P1:0 %}) or {classes[Second]} ({P2:0 %})?");
    }
}
