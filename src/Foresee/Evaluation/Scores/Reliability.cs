namespace Foresee.Evaluation.Scores;

/// <summary>Images whose confidence lies in (Low, High].</summary>
/// <param name="Confidence">Their mean; 0 without images.</param>
/// <param name="Accuracy">The share of them that is right; 0 without images.</param>
public sealed record ReliabilityBin(double Low, double High, int Images, double Confidence, double Accuracy);

/// <summary>
/// Whether a model is right as often as it says: Σ |B|/n · |accuracy(B) - confidence(B)| over bins B of the highest probability
/// (expected calibration error; Guo et al. 2017, eq. 3). It is above 0 even for a perfect model, the more the fewer images there are.
/// </summary>
/// <param name="Bins">Of equal width, rising.</param>
/// <param name="ExpectedError">0 to 1.</param>
public sealed record Reliability(IReadOnlyList<ReliabilityBin> Bins, double ExpectedError)
{
    public const int UsualBins = 15;

    /// <param name="confidences">[N] the highest probability of each image, 0 to 1.</param>
    /// <param name="right">[N] whether the class of the highest probability is the true one.</param>
    public static Reliability Of(IReadOnlyList<double> confidences, IReadOnlyList<bool> right, int bins = UsualBins)
    {
        CheckPairs(confidences, right);
        var (images, sums, hits) = Fill(Enumerable.Range(0, right.Count), confidences, right, bins);
        return new([.. Enumerable.Range(0, bins).Select(b => new ReliabilityBin((double)b / bins, (b + 1.0) / bins, images[b],
            images[b] == 0 ? 0 : sums[b] / images[b], images[b] == 0 ? 0 : (double)hits[b] / images[b]))], Error(sums, hits, right.Count));
    }

    /// <summary>The same sum over bins of equally many images.</summary>
    public static double AdaptiveError(IReadOnlyList<double> confidences, IReadOnlyList<bool> right, int bins = UsualBins)
    {
        CheckPairs(confidences, right);
        int[] order = [.. Enumerable.Range(0, right.Count).OrderBy(i => confidences[i])];
        var error = 0.0;
        for (var b = 0; b < bins; b++)
        {
            var held = order[(b * right.Count / bins)..((b + 1) * right.Count / bins)];
            error += Math.Abs(held.Sum(i => confidences[i]) - held.Count(i => right[i]));
        }
        return error / right.Count;
    }

    /// <summary>The middle 95 % of <see cref="ExpectedError"/> over images drawn with replacement, as many as there are.</summary>
    public static (double Low, double High) Bootstrap(IReadOnlyList<double> confidences, IReadOnlyList<bool> right, int bins = UsualBins,
        int draws = 1000, int seed = 0)
    {
        CheckPairs(confidences, right);
        var random = new Random(seed);
        var errors = new double[draws];
        for (var draw = 0; draw < draws; draw++)
        {
            var (_, sums, hits) = Fill(Enumerable.Range(0, right.Count).Select(_ => random.Next(right.Count)), confidences, right, bins);
            errors[draw] = Error(sums, hits, right.Count);
        }
        Array.Sort(errors);
        return (errors[(int)(0.025 * (draws - 1))], errors[(int)Math.Ceiling(0.975 * (draws - 1))]);
    }

    /// <summary>
    /// What <see cref="ExpectedError"/> would be, on average, of a model that is exactly as often right as it says: above 0, since images
    /// are finitely many. Their outcomes are drawn by its confidences.
    /// </summary>
    public static double PerfectError(IReadOnlyList<double> confidences, int bins = UsualBins, int draws = 200, int seed = 0)
    {
        var (random, sum) = (new Random(seed), 0.0);
        for (var draw = 0; draw < draws; draw++)
            sum += Of(confidences, [.. confidences.Select(p => random.NextDouble() < p)], bins).ExpectedError;
        return sum / draws;
    }

    private static (int[] Images, double[] Sums, int[] Hits) Fill(IEnumerable<int> images, IReadOnlyList<double> confidences,
        IReadOnlyList<bool> right, int bins)
    {
        var (counts, sums, hits) = (new int[bins], new double[bins], new int[bins]);
        foreach (var i in images)
        {
            var b = BinOf(confidences[i], bins);
            counts[b]++;
            sums[b] += confidences[i];
            if (right[i]) hits[b]++;
        }
        return (counts, sums, hits);
    }

    private static double Error(double[] sums, int[] hits, int total) => sums.Zip(hits, (sum, hit) => Math.Abs(sum - hit)).Sum() / total;

    // b / bins < confidence <= (b + 1) / bins by the very ends that are shown; the product may be off by a rounding.
    private static int BinOf(double confidence, int bins)
    {
        var b = Math.Clamp((int)Math.Ceiling(confidence * bins) - 1, 0, bins - 1);
        if (b > 0 && confidence <= (double)b / bins) return b - 1;
        return b < bins - 1 && confidence > (b + 1.0) / bins ? b + 1 : b;
    }

    private static void CheckPairs(IReadOnlyList<double> confidences, IReadOnlyList<bool> right)
    {
        if (confidences.Count != right.Count || right.Count == 0)
            throw new ArgumentException($"Calibration needs a confidence and an outcome of each of 1 image or more, got {confidences.Count} "
                + $"and {right.Count}.");
    }
}
