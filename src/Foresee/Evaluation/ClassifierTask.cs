using Foresee.Classifiers;
using Foresee.Images;
using Foresee.Labels;

namespace Foresee.Evaluation;

/// <summary>All that a protocol may make a classifier from. Images that will be measured are no part of it.</summary>
/// <param name="Labelled">The images that are learnt from, each with its class.</param>
/// <param name="Places">Their numbers among the images whose features <paramref name="Features"/> has.</param>
/// <param name="Unlabelled">Further images of the kind, without labels.</param>
/// <param name="Features">What is computed once for several tasks.</param>
/// <param name="Seed">Of all that the protocol draws.</param>
public sealed record ClassifierTask(LabelledImages Labelled, int[] Places, IImageSource Unlabelled, SharedFeatures Features, int Seed)
{
    /// <summary>For this task alone.</summary>
    public int Threads { get; init; } = 1;

    public Provenance Provenance { get; init; } = new();

    /// <summary>Steps of a training, on the thread that fits.</summary>
    public Action<FitProgress>? Progress { get; init; }

    /// <summary>What a classifier of this task says about itself.</summary>
    internal ClassifierDescription Describe(IProtocol protocol) => new(protocol, Features.Input, Labelled.Classes, Provenance);
}
