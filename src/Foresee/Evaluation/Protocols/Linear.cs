using Foresee.Classifiers;
using Foresee.Torch;

namespace Foresee.Evaluation.Protocols;

/// <summary>Logistic regression on frozen features.</summary>
public sealed record Linear : IProtocol, IPooled, IBalances
{
    public string Name => "linear";
    public string Title => "pretrained + linear";
    public FeatureOptions Features { get; init; } = new(GridPooling.Whole) { Scaling = new(Scaling.Suited) };
    public LinearProbeOptions Probe { get; init; } = new();

    public IProtocol With(GridPooling pooling) => this with { Features = Features with { Pooling = pooling } };

    public IProtocol Balanced() => this with { Probe = Probe with { Balanced = true } };

    public Classifier Fit(ClassifierTask task, CancellationToken cancel)
    {
        using var scope = TensorScope.Begin();
        var features = task.Features.Labelled(Features, task.Places); // [n, K]
        return FeatureClassifier.Of(this, task, LinearProbe.Fit(features, task.Labelled.Labels, task.Labelled.Classes.Length, Probe,
            cancel, task.Features.ScalingOf(Features).Spread()));
    }

    public Classifier Restore(SavedClassifier saved) =>
        FeatureClassifier.Restore(saved, features => new LinearProbe(saved.Weight("head.weights", features + 1, saved.Classes)));
}
