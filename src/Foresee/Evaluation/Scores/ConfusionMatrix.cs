namespace Foresee.Evaluation.Scores;

/// <summary>How often the images of each class were taken for which class.</summary>
public sealed class ConfusionMatrix
{
    private readonly int[] counts;

    /// <param name="labels">[N] true classes, 0 to classes - 1.</param>
    /// <param name="predicted">[N] classes that were said, likewise.</param>
    /// <exception cref="ArgumentException">The two differ in length.</exception>
    public ConfusionMatrix(int classes, IReadOnlyList<int> labels, IReadOnlyList<int> predicted)
    {
        if (labels.Count != predicted.Count)
            throw new ArgumentException($"Each image has a label and a prediction, got {labels.Count} and {predicted.Count}.", nameof(predicted));
        (Classes, counts) = (classes, new int[classes * classes]);
        for (var i = 0; i < labels.Count; i++) counts[labels[i] * classes + predicted[i]]++;
    }

    public int Classes { get; }

    /// <summary>Images of the class <paramref name="label"/> that were taken for <paramref name="predicted"/>.</summary>
    public int this[int label, int predicted] => counts[label * Classes + predicted];

    public int Total => counts.Sum();

    public int Right => Enumerable.Range(0, Classes).Sum(c => this[c, c]);

    /// <summary>One for each class, in their order.</summary>
    public IReadOnlyList<ClassScore> Scores() => [.. Enumerable.Range(0, Classes).Select(c => new ClassScore(c,
        Enumerable.Range(0, Classes).Sum(p => this[c, p]), Enumerable.Range(0, Classes).Sum(l => this[l, c]), this[c, c]))];

    /// <summary>Pairs of classes that are taken for one another, the commonest first.</summary>
    public IReadOnlyList<Confusion> Commonest(int most) => [.. Enumerable.Range(0, counts.Length)
        .Where(i => i / Classes != i % Classes && counts[i] > 0)
        .Select(i => new Confusion(i / Classes, i % Classes, counts[i])).OrderByDescending(pair => pair.Images).Take(most)];
}

/// <summary>Images of one class that were taken for another.</summary>
public sealed record Confusion(int Label, int Predicted, int Images);

/// <param name="Images">Of this class.</param>
/// <param name="Predicted">Images that were taken for this class.</param>
/// <param name="Right">Both.</param>
public sealed record ClassScore(int Class, int Images, int Predicted, int Right)
{
    /// <summary>Right / Predicted: how often the class is right where it is said; null where it never is.</summary>
    public double? Precision => Share(Right, Predicted);

    /// <summary>Right / Images: how much of the class is found; null without images of it.</summary>
    public double? Recall => Share(Right, Images);

    /// <summary>2 Right / (Images + Predicted), the harmonic mean of the two; null where the class neither is nor is said.</summary>
    public double? F1 => Share(2 * Right, Images + Predicted);

    private static double? Share(int part, int whole) => whole == 0 ? null : (double)part / whole;
}
