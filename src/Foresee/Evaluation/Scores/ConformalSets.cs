using Foresee.Inference;

namespace Foresee.Evaluation.Scores;

/// <summary>
/// What sets of classes, given in place of one class, are worth: all classes y with 1 - p(y) at most the threshold that <see
/// cref="ConformalScores"/> give hold the true class as often as wanted, for images like those of the calibration.
/// </summary>
/// <param name="Wanted">Coverage asked for, 0 to 1.</param>
/// <param name="Images">That the shares below are of.</param>
/// <param name="Coverage">The share of images whose set holds the true class.</param>
/// <param name="Size">Classes in a set, on average.</param>
/// <param name="Single">The share of sets of one class.</param>
/// <param name="Empty">The share of sets without any: nothing seems likely enough.</param>
/// <param name="OfClass">The same for the images of each class; null for a class without images.</param>
public sealed record ConformalSets(double Wanted, int Images, double Coverage, double Size, double Single, double Empty,
    IReadOnlyList<ClassCoverage?> OfClass)
{
    /// <param name="probabilities">[N, classes], row by row, of images that the scores are not of.</param>
    public static ConformalSets Measure(float[] probabilities, IReadOnlyList<int> labels, int classes, ConformalScores scores,
        double coverage)
    {
        var (tally, threshold) = (new Tally(classes), scores.Threshold(coverage));
        for (var i = 0; i < labels.Count; i++) tally.Add(probabilities.AsSpan(i * classes, classes), labels[i], threshold);
        return tally.Result(coverage, labels.Count);
    }

    /// <summary>
    /// Where the images measured are those of the calibration: a random half of them gives the scores for the other half, so often, and the
    /// shares are means. With few images the halves are coarser than all are.
    /// </summary>
    public static ConformalSets MeasureOnHalves(float[] probabilities, IReadOnlyList<int> labels, int classes, double coverage,
        int draws = 100, int seed = 0)
    {
        if (labels.Count < 2)
            throw new ArgumentException($"Halves need 2 images or more, got {labels.Count}.", nameof(labels));
        var (random, tally) = (new Random(seed), new Tally(classes));
        double[] scores = [.. labels.Select((label, i) => 1.0 - probabilities[i * classes + label])];
        int[] order = [.. Enumerable.Range(0, labels.Count)];
        for (var draw = 0; draw < draws; draw++)
        {
            random.Shuffle(order);
            var threshold = new ConformalScores([.. order[..(order.Length / 2)].Select(i => scores[i]).Order()]).Threshold(coverage);
            foreach (var i in order.AsSpan(order.Length / 2))
                tally.Add(probabilities.AsSpan(i * classes, classes), labels[i], threshold);
        }
        return tally.Result(coverage, labels.Count);
    }

    private sealed class Tally(int classes)
    {
        private readonly int[] images = new int[classes], covered = new int[classes];
        private readonly long[] sizes = new long[classes];
        private int single, empty;

        public void Add(ReadOnlySpan<float> probabilities, int label, double threshold)
        {
            var size = 0;
            foreach (var p in probabilities)
                if (1.0 - p <= threshold) size++;
            images[label]++;
            sizes[label] += size;
            if (1.0 - probabilities[label] <= threshold) covered[label]++;
            if (size == 1) single++;
            if (size == 0) empty++;
        }

        public ConformalSets Result(double wanted, int count)
        {
            var total = (double)images.Sum();
            return new(wanted, count, covered.Sum() / total, sizes.Sum() / total, single / total, empty / total,
                [.. Enumerable.Range(0, classes).Select(c => images[c] == 0 ? null
                    : new ClassCoverage((double)covered[c] / images[c], (double)sizes[c] / images[c]))]);
        }
    }
}

/// <summary>Of the images of one class: see <see cref="ConformalSets"/>.</summary>
public sealed record ClassCoverage(double Coverage, double Size);
