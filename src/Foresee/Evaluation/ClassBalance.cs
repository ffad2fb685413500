using Foresee.Torch;

namespace Foresee.Evaluation;

/// <summary>Where some classes have far more labels than others and none matters more: a classifier that leans towards no class.</summary>
internal static class ClassBalance
{
    /// <summary>
    /// n / (k n_c) for an example of class c, one of the k classes that occur: all classes weigh the same, and the mean is 1.
    /// </summary>
    public static double[] Weights(ReadOnlySpan<int> labels)
    {
        var counts = Counts(labels);
        var occurring = counts.Count(count => count > 0);
        var weights = new double[labels.Length];
        for (var i = 0; i < weights.Length; i++) weights[i] = (double)labels.Length / occurring / counts[labels[i]];
        return weights;
    }

    /// <summary>
    /// log n_c / n, of 1 label where there is none, f32 [classes]: added to the logits while learning, it leaves to them what does not
    /// follow from a class's frequency (Menon et al. 2021, equation 10, with τ = 1).
    /// </summary>
    public static Tensor LogPriors(ReadOnlySpan<int> labels, int classes)
    {
        var (counts, priors) = (Counts(labels), new float[classes]);
        for (var c = 0; c < classes; c++)
            priors[c] = (float)Math.Log(Math.Max(1, c < counts.Length ? counts[c] : 0) / (double)labels.Length);
        return Tensor.From(priors);
    }

    private static int[] Counts(ReadOnlySpan<int> labels)
    {
        var counts = new int[1 + labels.ToArray().Max()];
        foreach (var label in labels) counts[label]++;
        return counts;
    }
}
