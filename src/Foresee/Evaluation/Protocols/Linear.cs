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

    public Classifier Fit(ClassifierTask task, CancellationToken cancel) => Fit(this, Features, Probe, task, cancel);

    public Classifier Restore(SavedClassifier saved) => Restored(saved);

    internal static Classifier Fit(IProtocol protocol, FeatureOptions form, LinearProbeOptions probe, ClassifierTask task,
        CancellationToken cancel)
    {
        using var scope = TensorScope.Begin();
        var features = task.Features.Labelled(form, task.Places); // [n, K]
        return FeatureClassifier.Of(protocol, task, LinearProbe.Fit(features, task.Labelled.Labels, task.Labelled.Classes.Length, probe,
            cancel, task.Features.ScalingOf(form).Spread()));
    }

    internal static Classifier Restored(SavedClassifier saved) =>
        FeatureClassifier.Restore(saved, features => new LinearProbe(saved.Weight("head.weights", features + 1, saved.Classes)));
}
