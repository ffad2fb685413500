using Foresee.Classifiers;
using Foresee.Torch;

namespace Foresee.Evaluation.Protocols;

/// <summary>The nearest labelled images among frozen features vote.</summary>
public sealed record Neighbours : IProtocol, IPooled
{
    public string Name => "neighbours";
    public string Title => "pretrained + neighbours";
    public FeatureOptions Features { get; init; } = new(GridPooling.Three);
    public NeighboursOptions Vote { get; init; } = new();

    public IProtocol With(GridPooling pooling) => this with { Features = Features with { Pooling = pooling } };

    public Classifier Fit(ClassifierTask task, CancellationToken cancel)
    {
        using var scope = TensorScope.Begin();
        var features = task.Features.Labelled(Features, task.Places); // [n, K]
        return FeatureClassifier.Of(this, task, NeighbourVote.Fit(features, task.Labelled.Labels, task.Labelled.Classes.Length, Vote,
            cancel));
    }

    public Classifier Restore(SavedClassifier saved) =>
        FeatureClassifier.Restore(saved, features => NeighbourVote.Restore(saved, "head.", features, Vote));
}
