namespace Foresee.Evaluation;

/// <summary>
/// How probable it is that the best of several is the best indeed, from accuracies on the same draws of labels. What is believed of the
/// true means after D draws x_d of all of them together:
/// <code>μ = x̄ + √((D-1)/χ²) · Σ_d g_d (x_d - x̄) / √(D (D-1)),   g_d ~ N(0, 1),   χ² with D-1 degrees of freedom</code>
/// </summary>
/// <remarks>
/// A Student distribution with the location x̄, the scale matrix S/D of the sample covariance S, and D-1 degrees of freedom. The difference
/// of any two then has the distribution of the paired t interval (<see cref="Statistics.PairedDifference"/>): what all have in common
/// on a draw cancels. S may be singular, as it is where fewer draws than competitors were measured. It knows draws of labels alone: neither
/// other seeds of a pretraining nor other test images.
/// </remarks>
public static class BestOf
{
    private const int Samples = 100_000; // a standard error of at most 0.16 points

    /// <summary>
    /// For each competitor the probability, 0 to 1, that its true mean is the highest; null where one draw tells no spread.
    /// </summary>
    /// <param name="values">One row per competitor: its accuracies, in the order of the draws, which is the same for all.</param>
    /// <exception cref="ArgumentException">Rows of different lengths, or none.</exception>
    public static double[]? Probabilities(IReadOnlyList<IReadOnlyList<double>> values)
    {
        if (values.Count == 0 || values.Any(row => row.Count != values[0].Count || row.Count == 0))
            throw new ArgumentException("Competitors need accuracies on the same draws, one or more, got "
                + $"{(values.Count == 0 ? "none" : string.Join(", ", values.Select(row => row.Count)))}.", nameof(values));
        var draws = values[0].Count;
        if (draws < 2) return null;
        double[] means = [.. values.Select(Statistics.Mean)];
        double[][] deviations = [.. values.Select((row, i) =>
            row.Select(value => (value - means[i]) / Math.Sqrt(draws * (draws - 1.0))).ToArray())];

        var random = new Random(0);
        double Normal() => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
        var (wins, sampled, gauss) = (new double[values.Count], new double[values.Count], new double[draws]);
        for (var sample = 0; sample < Samples; sample++)
        {
            var chiSquare = 0.0;
            for (var i = 1; i < draws; i++) chiSquare += Math.Pow(Normal(), 2);
            var scale = Math.Sqrt((draws - 1) / chiSquare);
            for (var d = 0; d < draws; d++) gauss[d] = Normal();
            for (var s = 0; s < sampled.Length; s++)
            {
                var sum = 0.0;
                for (var d = 0; d < draws; d++) sum += gauss[d] * deviations[s][d];
                sampled[s] = means[s] + scale * sum;
            }
            var highest = sampled.Max();
            var share = 1.0 / sampled.Count(value => value == highest); // equal ones share the win
            for (var s = 0; s < sampled.Length; s++)
                if (sampled[s] == highest) wins[s] += share;
        }
        return Array.ConvertAll(wins, count => count / Samples);
    }
}
