using Foresee.Classifiers;

namespace Foresee.Evaluation.Protocols;

/// <summary>Encoder and classifier trained together, from the pretrained weights, from augmented images.</summary>
public sealed record FineTuned : IFineTunes, IPooled, ICountsEpochs, ICountsHeadEpochs, IBalances, ITrainsInPrecision
{
    public string Name => "fine-tuned";
    public string Title => "pretrained, fine-tuned";
    public IReadOnlyList<string> OlderNames => ["finetuned"];
    public bool NeedsWeights => true;
    public FineTuningOptions Options { get; init; } = FineTuningOptions.FineTuned;
    public LinearProbeOptions Probe { get; init; } = new();
    public FeatureScalingOptions Standard { get; init; } = new();
    public FeatureOptions Scaling => new(Options.Pooling) { Scaling = Standard };

    public IProtocol With(GridPooling pooling) => this with { Options = Options with { Pooling = pooling } };

    public IProtocol WithEpochs(double epochs) => this with { Options = Options with { Epochs = epochs } };

    public IProtocol WithHeadEpochs(double epochs) => this with { Options = Options with { HeadEpochs = epochs } };

    public IProtocol Balanced() => this with { Options = Options with { Balanced = true } };

    public IProtocol Resolve(EvaluationSetting setting) => this with { Options = Options.Resolve(setting) };

    public Classifier Fit(ClassifierTask task, CancellationToken cancel) =>
        FineTuning.Fit(this, task, task.Features.NewEncoder(), task.Features.ScalingOf(Scaling), Options, Probe, cancel);

    public Classifier Restore(SavedClassifier saved) => FineTuning.Restore(saved, Options);
}
