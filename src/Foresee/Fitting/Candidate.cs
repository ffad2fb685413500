using Foresee.Evaluation;

namespace Foresee.Fitting;

/// <summary>Where the encoder of a candidate comes from.</summary>
public enum StartKind
{
    /// <summary>No encoder: the supervised baseline.</summary>
    Pixels,

    /// <summary>Weights that others trained on labels of other images.</summary>
    Pretrained,

    /// <summary>Pretrained on images like these without labels, by a method with steps.</summary>
    Own,

    /// <summary>A closed form on these images, such as k-means.</summary>
    Dictionary,
}

/// <summary>A start and a protocol on it: one way to a classifier.</summary>
/// <param name="Start">Its name, such as "imagenet-resnet18" or "none".</param>
/// <param name="Protocol">With all its options.</param>
public sealed record Candidate(string Start, StartKind Kind, IProtocol Protocol)
{
    public override string ToString() => Kind == StartKind.Pixels ? Protocol.Name : $"{Start}, {Protocol.Name}";
}

/// <summary>One fold of a candidate.</summary>
/// <param name="Held">Numbers of the labelled images that were predicted, rising.</param>
/// <param name="Probabilities">[held, classes] row by row.</param>
/// <param name="Seconds">For fitting.</param>
public sealed record FoldScore(Candidate Candidate, int Fold, int[] Held, float[] Probabilities, double Seconds);
