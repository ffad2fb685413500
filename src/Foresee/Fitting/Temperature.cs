using Foresee.Export;

namespace Foresee.Fitting;

/// <summary>
/// One number T that makes probabilities as sure as they are right (Guo et al., ICML 2017):
/// <code>p_c^(1/T) / Σ_c' p_c'^(1/T) = softmax(logits / T)_c</code>
/// The most probable class stays. A hundred images tell T to a third or so, and what a protocol needed on other images is known better; so
/// both have a say, the images more the more there are:
/// <code>T = argmin Σ_images -log p_true(T) + (ln T - ln T0)² / (2 s²)     T0, s: <see cref="UsualTemperature"/></code>
/// </summary>
public static class Temperature
{
    private const double Least = 0.05, Most = 20, Tolerance = 1e-6;

    /// <summary>Golden section on ln T, in which the sum has one minimum.</summary>
    /// <param name="probabilities">[N, classes] row by row, of images that the classifier has not learnt from.</param>
    /// <param name="labels">[N]</param>
    /// <param name="usual">Null: the images alone decide.</param>
    /// <returns>Between 0.05 and 20.</returns>
    public static double Of(ReadOnlySpan<float> probabilities, ReadOnlySpan<int> labels, UsualTemperature? usual = null)
    {
        double Distance(double logarithm) => usual is { } known ? (logarithm - Math.Log(known.Centre)) / known.Spread : 0;
        var ratio = (Math.Sqrt(5) - 1) / 2;
        var (low, high) = (Math.Log(Least), Math.Log(Most));
        var (left, right) = (high - ratio * (high - low), low + ratio * (high - low));
        var (atLeft, atRight) = (Cost(probabilities, labels, left), Cost(probabilities, labels, right));
        while (high - low > Tolerance)
            if (atLeft <= atRight)
            {
                (high, right, atRight) = (right, left, atLeft);
                left = high - ratio * (high - low);
                atLeft = Cost(probabilities, labels, left);
            }
            else
            {
                (low, left, atLeft) = (left, right, atRight);
                right = low + ratio * (high - low);
                atRight = Cost(probabilities, labels, right);
            }
        return Math.Exp((low + high) / 2);

        double Cost(ReadOnlySpan<float> p, ReadOnlySpan<int> l, double logarithm) =>
            l.Length * NegativeLogLikelihood(p, l, Math.Exp(logarithm)) + Math.Pow(Distance(logarithm), 2) / 2;
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
