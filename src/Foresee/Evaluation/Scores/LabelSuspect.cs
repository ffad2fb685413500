namespace Foresee.Evaluation.Scores;

/// <summary>
/// Labelled images whose label may be wrong: none of their nearest neighbours has it, and the model, which had not learnt from the image,
/// says another class. The model alone errs on hard images, too; so do neighbours alone.
/// </summary>
/// <param name="Image">Its number.</param>
/// <param name="Label">As it stands.</param>
/// <param name="Predicted">What the model says in its place.</param>
/// <param name="Agreeing">Neighbours that have the label of <paramref name="Predicted"/>.</param>
/// <param name="Margin">p(Predicted) - p(Label), 0 to 1: how sure the model is that the label is wrong.</param>
public sealed record LabelSuspect(int Image, int Label, int Predicted, int Agreeing, double Margin)
{
    public const int Neighbours = 5;

    /// <summary>The most suspicious first.</summary>
    /// <param name="nearest">At least <see cref="Neighbours"/> of each image, fewer where there are no more images.</param>
    /// <param name="probabilities">[N, classes], row by row.</param>
    public static IReadOnlyList<LabelSuspect> Among(NearestImages nearest, IReadOnlyList<int> labels, float[] probabilities, int classes)
    {
        var suspects = new List<LabelSuspect>();
        for (var i = 0; i < labels.Count; i++)
        {
            var row = probabilities.AsSpan(i * classes, classes);
            var predicted = System.Numerics.Tensors.TensorPrimitives.IndexOfMax<float>(row);
            int[] around = [.. nearest.Rows[i].Take(Neighbours).Select(neighbour => labels[neighbour.Image])];
            if (predicted == labels[i] || around.Length == 0 || around.Contains(labels[i])) continue;
            suspects.Add(new(i, labels[i], predicted, around.Count(label => label == predicted), row[predicted] - row[labels[i]]));
        }
        return [.. suspects.OrderByDescending(suspect => suspect.Agreeing).ThenByDescending(suspect => suspect.Margin)];
    }
}
