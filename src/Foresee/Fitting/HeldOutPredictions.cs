namespace Foresee.Fitting;

/// <summary>
/// What a candidate said of labelled images, each by a classifier that had not learnt from it: all that calibration and the stated accuracy
/// may look at.
/// </summary>
/// <param name="Images">Numbers among the labelled images, each once.</param>
/// <param name="Labels">Of these, [N].</param>
/// <param name="Probabilities">[N, classes] row by row.</param>
public sealed record HeldOutPredictions(int[] Images, int[] Labels, float[] Probabilities)
{
    /// <summary>Of conformal sets; fewer give no set of 90 % that is not all classes.</summary>
    public const int LeastScores = 9;

    public const int MostScores = 1000;

    /// <summary>Fold by fold.</summary>
    /// <param name="labels">Of all labelled images.</param>
    public static HeldOutPredictions Of(IReadOnlyCollection<FoldScore> folds, int[] labels)
    {
        int[] images = [.. folds.SelectMany(fold => fold.Held)];
        return new(images, Array.ConvertAll(images, image => labels[image]), [.. folds.SelectMany(fold => fold.Probabilities)]);
    }

    private int Classes => Probabilities.Length / Labels.Length;

    /// <summary>How many of them are told right.</summary>
    public int Right => IsRight().Count(right => right);

    /// <summary>Of each, whether its most probable class is its own.</summary>
    public bool[] IsRight() => [.. Labels.Select((label, image) => Best(image) == label)];

    private int Best(int image)
    {
        var (from, best) = (image * Classes, 0);
        for (var c = 1; c < Classes; c++)
            if (Probabilities[from + c] > Probabilities[from + best]) best = c;
        return best;
    }

    public HeldOutPredictions At(double temperature) =>
        this with { Probabilities = Temperature.Apply(Probabilities, Classes, temperature) };

    /// <summary>
    /// 1 - p(true class), rising, of at most <see cref="MostScores"/> of the images, evenly taken; empty for fewer than
    /// <see cref="LeastScores"/> images.
    /// </summary>
    public double[] ConformalScores() => Labels.Length < LeastScores ? []
        : [.. Foresee.Images.EvenSample.Of(Labels.Length, MostScores)
            .Select(i => Math.Clamp(1 - (double)Probabilities[i * Classes + Labels[i]], 0, 1)).Order()];
}
