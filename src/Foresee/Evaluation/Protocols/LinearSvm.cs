using Foresee.Classifiers;

namespace Foresee.Evaluation.Protocols;

/// <summary>
/// A linear support vector machine with the squared hinge loss on frozen features, one class against all others (Coates, Lee and Ng 2011).
/// Its probabilities are the softmax of its scores, and too modest.
/// </summary>
public sealed record LinearSvm : IProtocol, IPooled, IBalances
{
    public string Name => "linear-svm";
    public string Title => "pretrained + linear SVM";
    public FeatureOptions Features { get; init; } = new(GridPooling.Whole) { Scaling = new(Scaling.Suited) };
    public LinearProbeOptions Probe { get; init; } = new() { Loss = LinearLoss.SquaredHinge };

    public IProtocol With(GridPooling pooling) => this with { Features = Features with { Pooling = pooling } };

    public IProtocol Balanced() => this with { Probe = Probe with { Balanced = true } };

    public Classifier Fit(ClassifierTask task, CancellationToken cancel) => Linear.Fit(this, Features, Probe, task, cancel);

    public Classifier Restore(SavedClassifier saved) => Linear.Restored(saved);
}
