using Foresee.Export;

namespace Foresee.Fitting;

/// <summary>
/// One number T that makes probabilities as sure as they are right (Guo et al., ICML 2017):
/// <code>p_c^(1/T) / Σ_c' p_c'^(1/T) = softmax(logits / T)_c,   T = argmin over images of Σ -log of the true class's</code>
/// The most probable class stays.
/// </summary>
public static class Temperature
{
    /// <summary>With fewer images T says more of their chance than of the classifier, and stays 1.</summary>
    public const int LeastImages = 50;

    private const double Least = 0.05, Most = 20, Tolerance = 1e-6;

    /// <param name="probabilities">[N, classes] row by row, of images that the classifier has not learnt from.</param>
    /// <param name="labels">[N]</param>
    /// <returns>Between 0.05 and 20; 1 for fewer than <see cref="LeastImages"/> images.</returns>
    public static double Of(ReadOnlySpan<float> probabilities, ReadOnlySpan<int> labels) =>
        labels.Length < LeastImages ? 1 : Fit(probabilities, labels);

    /// <summary>Golden section on ln T, in which the mean negative log-likelihood has one minimum.</summary>
    internal static double Fit(ReadOnlySpan<float> probabilities, ReadOnlySpan<int> labels)
    {
        var ratio = (Math.Sqrt(5) - 1) / 2;
        var (low, high) = (Math.Log(Least), Math.Log(Most));
        var (left, right) = (high - ratio * (high - low), low + ratio * (high - low));
        var (atLeft, atRight) = (NegativeLogLikelihood(probabilities, labels, Math.Exp(left)),
            NegativeLogLikelihood(probabilities, labels, Math.Exp(right)));
        while (high - low > Tolerance)
            if (atLeft <= atRight)
            {
                (high, right, atRight) = (right, left, atLeft);
                left = high - ratio * (high - low);
                atLeft = NegativeLogLikelihood(probabilities, labels, Math.Exp(left));
            }
            else
            {
                (low, left, atLeft) = (left, right, atRight);
                right = low + ratio * (high - low);
                atRight = NegativeLogLikelihood(probabilities, labels, Math.Exp(right));
            }
        return Math.Exp((low + high) / 2);
    }

    /// <summary>Mean over the images, in nats.</summary>
    public static double NegativeLogLikelihood(ReadOnlySpan<float> probabilities, ReadOnlySpan<int> labels, double temperature)
    {
        var (classes, total) = (Classes(probabilities, labels), 0.0);
        for (var i = 0; i < labels.Length; i++)
        {
            var row = probabilities.Slice(i * classes, classes);
            var (highest, sum) = (double.NegativeInfinity, 0.0);
            foreach (var p in row) highest = Math.Max(highest, Log(p) / temperature);
            foreach (var p in row) sum += Math.Exp(Log(p) / temperature - highest);
            total += highest + Math.Log(sum) - Log(row[labels[i]]) / temperature;
        }
        return total / labels.Length;
    }

    /// <summary>The probabilities at a temperature, rows of sum 1.</summary>
    public static float[] Apply(ReadOnlySpan<float> probabilities, int classes, double temperature)
    {
        var result = new float[probabilities.Length];
        var scores = new double[classes];
        for (var from = 0; from < result.Length; from += classes)
        {
            for (var c = 0; c < classes; c++) scores[c] = Log(probabilities[from + c]) / temperature;
            var highest = scores.Max();
            for (var c = 0; c < classes; c++) scores[c] = Math.Exp(scores[c] - highest);
            var sum = scores.Sum();
            for (var c = 0; c < classes; c++) result[from + c] = (float)(scores[c] / sum);
        }
        return result;
    }

    private static double Log(float p) => Math.Log(Math.Max(p, ModelExport.LeastProbability));

    private static int Classes(ReadOnlySpan<float> probabilities, ReadOnlySpan<int> labels) =>
        labels.Length > 0 && probabilities.Length % labels.Length == 0 ? probabilities.Length / labels.Length
            : throw new ArgumentException($"Probabilities need a row for each of one or more labels, got {probabilities.Length} for "
                + $"{labels.Length}.");
}
