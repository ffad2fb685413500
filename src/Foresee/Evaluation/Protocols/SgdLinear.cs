using Foresee.Classifiers;

namespace Foresee.Evaluation.Protocols;

/// <summary>The paper's linear evaluation, learnt from batches of augmented images: for any number of images.</summary>
public sealed record SgdLinear : IProtocol, ICountsEpochs, IAugmentsPatches
{
    public string Name => "sgd-linear";
    public string Title => "pretrained + SGD linear";
    public IReadOnlyList<string> OlderNames => ["streamed"];
    public SgdLinearProbeOptions Options { get; init; } = new();

    public IProtocol WithEpochs(double epochs) => this with { Options = Options with { Epochs = epochs } };

    public IProtocol Resolve(EvaluationSetting setting) => this with { Options = Options.Resolve(setting) };

    public Classifier Fit(ClassifierTask task, CancellationToken cancel) => new GridClassifier(task.Describe(this),
        SgdLinearProbe.Fit(task.Features.NewEncoder(), task.Labelled, Options, (ulong)task.Seed, task.Threads, task.Progress, cancel));

    public Classifier Restore(SavedClassifier saved)
    {
        var network = SgdLinearProbe.Network(saved.Encoder(), saved.Classes);
        saved.Load(network.Head, "head.");
        return new GridClassifier(saved.Description, network);
    }
}
