using Foresee.Classifiers;

namespace Foresee.Evaluation.Protocols;

/// <summary>A residual network on the grid of a frozen encoder, from augmented images.</summary>
public sealed record Frozen : IProtocol, ICountsEpochs, IBalances, ITrainsInPrecision
{
    public string Name => "frozen";
    public string Title => "frozen + residual head";
    public FineTuningOptions Options { get; init; } = FineTuningOptions.Frozen;

    public IProtocol WithEpochs(double epochs) => this with { Options = Options with { Epochs = epochs } };

    public IProtocol Balanced() => this with { Options = Options with { Balanced = true } };

    public IProtocol Resolve(EvaluationSetting setting) => this with { Options = Options.Resolve(setting) };

    public Classifier Fit(ClassifierTask task, CancellationToken cancel) =>
        FineTuning.Fit(this, task, task.Features.NewEncoder(), scaling: null, Options, new(), cancel);

    public Classifier Restore(SavedClassifier saved) => FineTuning.Restore(saved, Options);
}
