namespace Foresee.Evaluation.Scores;

/// <summary>
/// How well a number tells two kinds apart: the probability that it is larger for one of the second kind than for one of the first, ties
/// counting half (area under the ROC curve; Mann and Whitney 1947). 0.5 tells nothing, 1 is perfect.
/// </summary>
public static class RankedArea
{
    public static double Of(IReadOnlyList<double> first, IReadOnlyList<double> second)
    {
        if (first.Count == 0 || second.Count == 0)
            throw new ArgumentException($"Both kinds need a value, got {first.Count} and {second.Count}.");
        double[] sorted = [.. first.Order()];
        return second.Sum(value => (Below(sorted, value, orEqual: false) + Below(sorted, value, orEqual: true)) / 2.0)
            / ((double)first.Count * second.Count);
    }

    private static int Below(double[] sorted, double value, bool orEqual)
    {
        var (low, high) = (0, sorted.Length);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (sorted[middle] < value || (orEqual && sorted[middle] == value)) low = middle + 1;
            else high = middle;
        }
        return low;
    }
}
