using Foresee.Classifiers;
using Foresee.Torch;

namespace Foresee.Evaluation.Protocols;

/// <summary>A linear probe's predictions are spread over unlabelled images that look alike.</summary>
public sealed record LabelSpreading : IProtocol, IPooled
{
    public string Name => "label-spreading";
    public string Title => "pretrained + label spreading";
    public IReadOnlyList<string> OlderNames => ["spreading"];
    public FeatureOptions Features { get; init; } = new(GridPooling.Whole) { Scaling = new(Scaling.Principal, Components: 256) };
    public LinearProbeOptions Probe { get; init; } = new();
    public LabelSpreadingOptions Spreading { get; init; } = new();
    public int UnlabelledFeatures => Spreading.Images;

    public IProtocol With(GridPooling pooling) => this with { Features = Features with { Pooling = pooling } };

    public void Prepare(SharedFeatures shared, CancellationToken cancel) => Graph(shared, shared.Threads, cancel);

    private NeighbourGraph Graph(SharedFeatures shared, int threads, CancellationToken cancel)
    {
        Spreading.Validate();
        return shared.Once((Features, Spreading.Images, Spreading.Neighbours, Spreading.Sharpness),
            () => NeighbourGraph.Build(shared.Unlabelled(Features), Spreading.Neighbours, Spreading.Sharpness, threads, cancel));
    }

    public Classifier Fit(ClassifierTask task, CancellationToken cancel)
    {
        using var scope = TensorScope.Begin();
        var (graph, features) = (Graph(task.Features, task.Threads, cancel), task.Features.Labelled(Features, task.Places)); // [n, K]
        var (labels, classes) = (task.Labelled.Labels, task.Labelled.Classes.Length);
        return FeatureClassifier.Of(this, task, SpreadPrediction.Fit(graph, features, labels, classes, Spreading, Probe, cancel));
    }

    public Classifier Restore(SavedClassifier saved) => FeatureClassifier.Restore(saved, features =>
    {
        Spreading.Validate();
        var probe = new LinearProbe(saved.Weight("head.probe.weights", features + 1, saved.Classes));
        var rows = saved.Weight("head.rows", -1, features);
        return new SpreadPrediction(probe, rows, saved.Weight("head.spread", rows.Size(0), saved.Classes), Spreading);
    });
}
