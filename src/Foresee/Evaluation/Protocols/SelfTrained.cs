using Foresee.Classifiers;
using Foresee.Torch;

namespace Foresee.Evaluation.Protocols;

/// <summary>A linear probe that learns on from its own predictions of unlabelled images.</summary>
public sealed record SelfTrained : IProtocol, IPooled
{
    public string Name => "self-trained";
    public string Title => "pretrained + self-training";
    public FeatureOptions Features { get; init; } = new(GridPooling.Whole) { Scaling = new(Scaling.Suited) };
    public LinearProbeOptions Probe { get; init; } = new();
    public SelfTrainingOptions Training { get; init; } = new();
    public int UnlabelledFeatures => Training.Images;

    public IProtocol With(GridPooling pooling) => this with { Features = Features with { Pooling = pooling } };

    public Classifier Fit(ClassifierTask task, CancellationToken cancel)
    {
        using var scope = TensorScope.Begin();
        var (features, unlabelled) = (task.Features.Labelled(Features, task.Places), task.Features.Unlabelled(Features));
        var (labels, classes, spread) = (task.Labelled.Labels, task.Labelled.Classes.Length, task.Features.ScalingOf(Features).Spread());
        LinearProbe Fit(Tensor unlabelled, Tensor features) =>
            SelfTrainedProbe.Fit(unlabelled, features, labels, classes, Training, Probe, cancel);
        if (spread is null || !LinearProbe.Prefers(features, labels, classes, Probe, spread, cancel))
            return FeatureClassifier.Of(this, task, Fit(unlabelled, features));
        using var times = Fit(unlabelled * spread, features * spread);
        return FeatureClassifier.Of(this, task, times.After(spread));
    }

    public Classifier Restore(SavedClassifier saved) =>
        FeatureClassifier.Restore(saved, features => new LinearProbe(saved.Weight("head.weights", features + 1, saved.Classes)));
}
