namespace Foresee.Studies.Transferability;

/// <summary>How far two lists of numbers agree in their order: 1 the same, 0 nothing to do with each other, -1 the reverse.</summary>
public static class RankCorrelation
{
    /// <summary>
    /// τ_b = (concordant - discordant pairs) / √((pairs not tied in a) (pairs not tied in b)) (Kendall 1945); null where a list is all
    /// tied.
    /// </summary>
    public static double? Kendall(IReadOnlyList<double> a, IReadOnlyList<double> b)
    {
        Check(a, b);
        var (agreeing, inA, inB) = (0, 0, 0);
        for (var i = 0; i < a.Count; i++)
            for (var j = 0; j < i; j++)
            {
                var (first, second) = (a[i].CompareTo(a[j]), b[i].CompareTo(b[j]));
                (first, second) = (Math.Sign(first), Math.Sign(second));
                agreeing += first * second;
                inA += Math.Abs(first);
                inB += Math.Abs(second);
            }
        return inA == 0 || inB == 0 ? null : agreeing / Math.Sqrt((double)inA * inB);
    }

    /// <summary>ρ: the correlation of the ranks, ties sharing the mean of theirs (Spearman 1904); null where a list is all tied.</summary>
    public static double? Spearman(IReadOnlyList<double> a, IReadOnlyList<double> b)
    {
        Check(a, b);
        double[] x = Ranks(a), y = Ranks(b);
        double centre = (a.Count + 1) / 2.0, both = 0, squareX = 0, squareY = 0;
        for (var i = 0; i < x.Length; i++)
        {
            both += (x[i] - centre) * (y[i] - centre);
            squareX += (x[i] - centre) * (x[i] - centre);
            squareY += (y[i] - centre) * (y[i] - centre);
        }
        return squareX == 0 || squareY == 0 ? null : both / Math.Sqrt(squareX * squareY);
    }

    /// <summary>From 1, of the smallest.</summary>
    private static double[] Ranks(IReadOnlyList<double> values) =>
        [.. values.Select(value => values.Count(other => other < value) + (values.Count(other => other == value) + 1) / 2.0)];

    private static void Check(IReadOnlyList<double> a, IReadOnlyList<double> b)
    {
        if (a.Count != b.Count || a.Count < 2)
            throw new ArgumentException($"Orders are compared of two lists as long as each other, of 2 or more; got {a.Count} and {b.Count}.");
    }
}
