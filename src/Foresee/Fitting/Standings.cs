namespace Foresee.Fitting;

/// <summary>A candidate among the others.</summary>
/// <param name="Accuracy">Of its held-out images, per cent, with a 95 % interval; null where none was held out.</param>
/// <param name="Images">That it was measured on.</param>
/// <param name="Ahead">Points that it is expected to be ahead of the reference, the candidate with the most images, then the highest
/// accuracy: its paired difference, drawn towards what was measured on other images.</param>
/// <param name="Spread">Standard deviation of Ahead.</param>
/// <param name="Seconds">Of a fit.</param>
public sealed record Standing(Candidate Candidate, Interval95? Accuracy, int Images, int Folds, double Ahead, double Spread,
    double Seconds);

/// <summary>
/// Which candidate to take. The true gain d of a candidate over the reference is believed to be normal around what other images gave
/// (<see cref="PriorGains"/>); the paired difference D of their right answers on the same held-out images is normal around d:
/// <code>d | D ~ N(w D + (1 - w) m, w σ²),   w = τ² / (τ² + σ²)
/// σ² = ((b + c + 1) / n - ((b - c) / n)²) / n     b, c: images that only one of the two tells right</code>
/// So with few images the order of docs/results.md decides, and with many the images do.
/// </summary>
public static class Standings
{
    /// <summary>Points that no evidence tells apart: the cheaper candidate is taken.</summary>
    public const double Alike = 0.25;

    /// <param name="scores">By candidate its folds; candidates without any are left to what is expected of them.</param>
    /// <param name="labels">Of all labelled images.</param>
    /// <param name="expected">Points, see <see cref="PriorGains"/>.</param>
    /// <returns>The best first.</returns>
    public static IReadOnlyList<Standing> Of(IReadOnlyDictionary<Candidate, IReadOnlyList<FoldScore>> scores, int[] labels,
        Func<Candidate, double> expected)
    {
        var answers = scores.ToDictionary(pair => pair.Key, pair => Answers(pair.Value, labels));
        var reference = scores.Keys.OrderByDescending(candidate => answers[candidate].Count)
            .ThenByDescending(candidate => answers[candidate].Values.Count(right => right))
            .ThenByDescending(expected).First();
        return [.. scores.Select(pair => Standing(pair.Key, pair.Value)).OrderByDescending(standing => standing.Ahead)
            .ThenBy(standing => Candidates.CostOf(standing.Candidate))
            .ThenBy(standing => standing.Candidate.ToString(), StringComparer.Ordinal)];

        Standing Standing(Candidate candidate, IReadOnlyList<FoldScore> folds)
        {
            var own = answers[candidate];
            var (ahead, spread) = Ahead(candidate, reference, own, answers[reference], expected);
            return new(candidate, own.Count == 0 ? null : Interval95.OfShare(own.Values.Count(right => right), own.Count), own.Count,
                folds.Count, ahead, spread, folds.Count == 0 ? 0 : folds.Average(fold => fold.Seconds));
        }
    }

    /// <summary>The best, or the cheapest of those that nothing tells apart from it.</summary>
    public static Standing Choose(IReadOnlyList<Standing> standings) =>
        standings.Where(standing => standing.Ahead >= standings[0].Ahead - Alike)
            .MinBy(standing => Candidates.CostOf(standing.Candidate))!;

    /// <summary>Whether it would be a surprise of more than two standard deviations if this were the best.</summary>
    public static bool IsHopeless(Standing standing, Standing best) =>
        standing.Images > 0
        && standing.Ahead + 2 * Math.Sqrt(standing.Spread * standing.Spread + best.Spread * best.Spread) < best.Ahead;

    private static Dictionary<int, bool> Answers(IReadOnlyList<FoldScore> folds, int[] labels) => folds.SelectMany(fold =>
    {
        var right = new HeldOutPredictions(fold.Held, [.. fold.Held.Select(image => labels[image])], fold.Probabilities).IsRight();
        return fold.Held.Zip(right, (image, answer) => (Image: image, Right: answer));
    }).ToDictionary(answer => answer.Image, answer => answer.Right);

    private static (double Ahead, double Spread) Ahead(Candidate candidate, Candidate reference, Dictionary<int, bool> own,
        Dictionary<int, bool> others, Func<Candidate, double> expected)
    {
        if (candidate == reference) return (0, 0);
        var prior = expected(candidate) - expected(reference);
        var variance = 2 * Math.Pow(PriorGains.ProtocolSpread, 2)
            + (candidate.Start == reference.Start ? 0 : 2 * Math.Pow(PriorGains.StartSpread, 2));
        int n = 0, only = 0, never = 0;
        foreach (var (image, right) in own)
        {
            if (!others.TryGetValue(image, out var theirs)) continue;
            n++;
            if (right && !theirs) only++;
            if (!right && theirs) never++;
        }
        if (n == 0) return (prior, Math.Sqrt(variance));
        var difference = (only - never) / (double)n;
        var noise = 1e4 * ((only + never + 1.0) / n - difference * difference) / n; // points²
        var weight = variance / (variance + noise);
        return (weight * 100 * difference + (1 - weight) * prior, Math.Sqrt(weight * noise));
    }
}
