namespace Foresee.Studies.Affinity;

/// <summary>
/// How good sources are for one target, whatever the unit of its loss: W_ij = share of the images on which source i has a smaller loss than
/// j (ties count half), clipped to [0.001, 0.999]; R_ij = W_ij / W_ji, R_ii = 1; the affinities are R's principal eigenvector, of sum 1.
/// </summary>
/// <remarks>Taskonomy's ordinal normalisation by the analytic hierarchy process (Zamir et al. 2018, section 3.3; Saaty 1987).</remarks>
public static class OrdinalAffinity
{
    private const double Least = 1e-3;    // of a share
    private const double Settled = 1e-12;
    private const int Rounds = 1000;

    /// <param name="losses">Of each source, image by image, the same images in the same order.</param>
    public static double[] Of(IReadOnlyList<double[]> losses)
    {
        if (losses.Count < 1 || losses[0].Length < 1 || losses.Any(source => source.Length != losses[0].Length))
            throw new ArgumentException("Affinities need one or more sources with a loss for each of the same images; got "
                + $"{losses.Count} with {string.Join(", ", losses.Select(source => source.Length))}.");
        var count = losses.Count;
        var ratios = new double[count, count];
        for (var i = 0; i < count; i++)
            for (var j = 0; j < count; j++) ratios[i, j] = i == j ? 1 : Wins(losses[i], losses[j]) / Wins(losses[j], losses[i]);
        return Principal(ratios);
    }

    /// <summary>W_ij</summary>
    internal static double Wins(double[] a, double[] b)
    {
        var wins = 0.0;
        for (var i = 0; i < a.Length; i++) wins += a[i] < b[i] ? 1 : a[i] == b[i] ? 0.5 : 0;
        return Math.Clamp(wins / a.Length, Least, 1 - Least);
    }

    /// <summary>By power iteration; all entries are above 0, so there is one (Perron and Frobenius).</summary>
    private static double[] Principal(double[,] matrix)
    {
        var count = matrix.GetLength(0);
        var vector = Enumerable.Repeat(1.0 / count, count).ToArray();
        for (var (round, change) = (0, double.PositiveInfinity); round < Rounds && change > Settled; round++)
        {
            var next = new double[count];
            for (var i = 0; i < count; i++)
                for (var j = 0; j < count; j++) next[i] += matrix[i, j] * vector[j];
            var sum = next.Sum();
            change = 0;
            for (var i = 0; i < count; i++)
            {
                change = Math.Max(change, Math.Abs(next[i] / sum - vector[i]));
                vector[i] = next[i] / sum;
            }
        }
        return vector;
    }
}
