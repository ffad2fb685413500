using Foresee.Classifiers;
using Foresee.Images;

namespace Foresee.Fitting;

/// <summary>What a fit has made: a classifier from all labels, and all that is known of it.</summary>
/// <param name="Classifier">Its probabilities are those before the temperature.</param>
/// <param name="Temperature">See <see cref="Fitting.Temperature"/>.</param>
/// <param name="Held">Predictions at that temperature of labelled images, each by a classifier that had not learnt from it; null where
/// nothing could be held out.</param>
/// <param name="References">Training images to compare with.</param>
/// <param name="Standings">All that was scored, the best first.</param>
public sealed record FitResult(Candidate Chosen, Classifier Classifier, double Temperature, HeldOutPredictions? Held,
    ReferenceImages References, IReadOnlyList<Standing> Standings, IReadOnlyList<LeftOut> LeftOut)
{
    /// <summary>Per cent, cross-validated; null where nothing could be held out.</summary>
    public Interval95? Accuracy { get; init; }

    /// <summary>How <see cref="Accuracy"/> was measured, or why it was not.</summary>
    public required string How { get; init; }

    /// <summary>What was chosen and why, in a sentence.</summary>
    public required string Reason { get; init; }

    /// <summary>The run that the encoder was pretrained in; null for none.</summary>
    public string? Run { get; init; }

    /// <summary>Seconds of all calls.</summary>
    public double Seconds { get; init; }
}

/// <summary>Images that predictions are compared with, labelled ones first.</summary>
/// <param name="Names">Paths, relative to the folder that was named.</param>
/// <param name="Labels">-1 for an image without one.</param>
/// <param name="Features">[M, K] row by row, not normalised.</param>
/// <param name="Distances">[M]: of each to the nearest others, see <see cref="Novelty"/>; empty for too few images.</param>
public sealed record ReferenceImages(IReadOnlyList<string> Names, int[] Labels, float[] Features, double[] Distances)
{
    /// <summary>Distances beyond it are out of place; null for too few images.</summary>
    public double? Threshold => Novelty.Threshold(Distances);

    /// <summary>A reference as it is stored; null where it can't be read any more.</summary>
    public required Func<int, Image?> Picture { get; init; }
}

/// <summary>Whoever writes the folder of a model.</summary>
public interface IModelWriter
{
    /// <summary>Writes the model, or replaces the one that is there when the new one is whole.</summary>
    void Write(FitResult model, FitContext context);

    /// <summary>Whether <see cref="WriteOther"/> is to be called, which costs a fit of every candidate.</summary>
    bool TakesOthers => false;

    /// <summary>After the model each candidate that was scored and not chosen, learnt from all labels, too: tells what choosing
    /// costs.</summary>
    void WriteOther(FitResult model, FitContext context) { }
}
