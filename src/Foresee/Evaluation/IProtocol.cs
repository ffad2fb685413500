using System.Text.Json.Serialization;
using Foresee.Classifiers;
using Foresee.Evaluation.Protocols;

namespace Foresee.Evaluation;

/// <summary>
/// How a classifier is made from labels. A protocol is a record of its options in a file of its own; this list is the only other place
/// that names it. The record's JSON is part of the fingerprint of a result and of a saved classifier.
/// </summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "protocol")]
[JsonDerivedType(typeof(Linear), "linear")]
[JsonDerivedType(typeof(Neighbours), "neighbours")]
[JsonDerivedType(typeof(NearestClassMean), "nearest-class-mean")]
[JsonDerivedType(typeof(LabelSpreading), "label-spreading")]
[JsonDerivedType(typeof(SelfTrained), "self-trained")]
[JsonDerivedType(typeof(LinearSvm), "linear-svm")]
[JsonDerivedType(typeof(SgdLinear), "sgd-linear")]
[JsonDerivedType(typeof(Frozen), "frozen")]
[JsonDerivedType(typeof(FineTuned), "fine-tuned")]
[JsonDerivedType(typeof(SemiSupervised), "semi-supervised")]
[JsonDerivedType(typeof(PseudoLabel), "pseudo-label")]
[JsonDerivedType(typeof(EntropyMinimisation), "entropy")]
[JsonDerivedType(typeof(Vat), "vat")]
[JsonDerivedType(typeof(VatEntropy), "vat-entropy")]
[JsonDerivedType(typeof(MeanTeacher), "mean-teacher")]
[JsonDerivedType(typeof(Uda), "uda")]
[JsonDerivedType(typeof(FixMatch), "fixmatch")]
[JsonDerivedType(typeof(RotationVatEntropy), "rotation-vat-entropy")]
[JsonDerivedType(typeof(JointRotation), "joint-rotation")]
[JsonDerivedType(typeof(JointExemplar), "joint-exemplar")]
[JsonDerivedType(typeof(RandomInit), "random-init")]
[JsonDerivedType(typeof(Untrained), "untrained")]
[JsonDerivedType(typeof(Supervised), "supervised")]
public interface IProtocol
{
    /// <summary>Its word in the list above, on the command line and in results.csv.</summary>
    string Name { get; }

    /// <summary>The heading of its column in tables and plots.</summary>
    string Title { get; }

    /// <summary>Words of earlier versions, which are still read.</summary>
    IReadOnlyList<string> OlderNames => [];

    bool NeedsEncoder => true;

    /// <summary>What stands for the network in results.csv.</summary>
    /// <param name="encoder">Its name, where one was given.</param>
    string EncoderName(string encoder) => encoder;

    /// <summary>Whether it changes the encoder's weights or draws them anew, and has no use for a closed form or a frozen file.</summary>
    bool NeedsWeights => false;

    /// <summary>
    /// The features of images that it classifies, computed once for all draws; null where it classifies the images themselves.
    /// </summary>
    FeatureOptions? Features => null;

    /// <summary>Features of unlabelled images that give a scaling.</summary>
    FeatureOptions? Scaling => Features;

    /// <summary>Unlabelled images whose <see cref="Features"/> it asks for beside those of labelled images.</summary>
    int UnlabelledFeatures => 0;

    /// <summary>Whether nothing but the labels is drawn: with all labels every draw is then the same.</summary>
    bool DrawsOnlyLabels => Features is not null;

    /// <summary>Null for a protocol that others are not compared with.</summary>
    BaselineRole? Baseline => null;

    /// <summary>Of fitting, in proportion to other long protocols; the evaluator starts the longest first.</summary>
    double Work(int labels) => 0;

    /// <summary>The same with the options that it left open.</summary>
    IProtocol Resolve(EvaluationSetting setting) => this;

    /// <summary>Called once, before the first fit, by whoever shares features between draws: for what is the same in all of them.</summary>
    void Prepare(SharedFeatures shared, CancellationToken cancel)
    {
    }

    /// <exception cref="OperationCanceledException"/>
    Classifier Fit(ClassifierTask task, CancellationToken cancel);

    /// <summary>What <see cref="Fit"/> gave, from what was saved of it.</summary>
    /// <exception cref="InvalidDataException">Something is missing or does not fit.</exception>
    Classifier Restore(SavedClassifier saved);
}

/// <param name="Rank">Of several baselines that were measured the one with the lowest rank is compared with.</param>
/// <param name="Against">The protocol that is compared with it; null for the first one measured.</param>
public sealed record BaselineRole(int Rank, string? Against = null);
