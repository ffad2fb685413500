namespace Foresee.Evaluation;

public static class Accuracy
{
    /// <summary>Per cent of predictions that are right.</summary>
    public static double Top1(ReadOnlySpan<int> predictions, ReadOnlySpan<int> labels)
    {
        if (predictions.Length != labels.Length || labels.Length == 0)
            throw new ArgumentException($"Accuracy needs one prediction per label and at least one, got {predictions.Length} for "
                + $"{labels.Length}.");
        var right = 0;
        for (var i = 0; i < labels.Length; i++)
            if (predictions[i] == labels[i]) right++;
        return 100.0 * right / labels.Length;
    }

    /// <summary>Mean over the classes that occur in labels of the per cent of their predictions that are right.</summary>
    public static double PerClass(ReadOnlySpan<int> predictions, ReadOnlySpan<int> labels)
    {
        if (predictions.Length != labels.Length || labels.Length == 0)
            throw new ArgumentException($"Accuracy needs one prediction per label and at least one, got {predictions.Length} for "
                + $"{labels.Length}.");
        var (weights, right) = (ClassBalance.Weights(labels), 0.0);
        for (var i = 0; i < labels.Length; i++)
            if (predictions[i] == labels[i]) right += weights[i];
        return 100 * right / labels.Length;
    }
}
