namespace Foresee.Inference;

/// <param name="Probability">0 to 1.</param>
public sealed record ClassProbability(string Class, double Probability);

/// <summary>A reference image that an image is like.</summary>
/// <param name="Index">Its number among the references.</param>
/// <param name="Name">Its path relative to the training images; empty where the model does not tell.</param>
/// <param name="Label">Its class; null where it had none.</param>
/// <param name="Similarity">Cosine of both vectors, -1 to 1.</param>
public sealed record NearReference(int Index, string Name, string? Label, double Similarity);

/// <summary>What a model says of an image.</summary>
/// <param name="Classes">All of them, the most probable first; their probabilities sum to 1.</param>
/// <param name="OutOfPlace">Whether the image is unlike the training images, so that no class can be relied on; null where the model has
/// no rule for it.</param>
/// <param name="Distance">Mean cosine distance to the nearest references, which the rule compares with its threshold; null
/// likewise.</param>
public sealed record Prediction(IReadOnlyList<ClassProbability> Classes, bool? OutOfPlace, double? Distance)
{
    /// <summary>The references that are most like the image, nearest first; empty where the model has none.</summary>
    public IReadOnlyList<NearReference> Nearest { get; init; } = [];

    /// <summary>K numbers: the vector under the model's head, as it is.</summary>
    public ReadOnlyMemory<float> Features { get; init; }

    internal ConformalScores? Conformal { get; init; }

    /// <summary>
    /// The conformal set: of images like those that the model was calibrated with, about the share <paramref name="coverage"/> has its
    /// true class in it, see <see cref="ConformalScores"/>; that is measured, not guaranteed. Several classes where the model hesitates; none
    /// where even the most probable is less probable than usual.
    /// </summary>
    /// <param name="coverage">Between 0 and 1, for instance 0.9.</param>
    /// <returns>Classes, the most probable first.</returns>
    /// <exception cref="InvalidOperationException">The model was not calibrated.</exception>
    public IReadOnlyList<string> Set(double coverage)
    {
        if (Conformal is null)
            throw new InvalidOperationException("This model has no conformal scores, so there are no sets of classes; "
                + "fit it again with more labelled images, or use the probabilities.");
        var most = Conformal.Threshold(coverage);
        return [.. Classes.TakeWhile(named => 1 - named.Probability <= most).Select(named => named.Class)];
    }
}
