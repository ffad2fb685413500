using Foresee.Classifiers;
using Foresee.Encoders;
using Foresee.Torch;

namespace Foresee.Evaluation.Protocols;

/// <summary>As <see cref="FineTuned"/>, the encoder's weights drawn anew: what the same network learns without pretraining.</summary>
public sealed record RandomInit : IFineTunes, IPooled, ICountsEpochs, IBalances, ITrainsInPrecision
{
    public string Name => "random-init";
    public string Title => "same network, not pretrained";
    public IReadOnlyList<string> OlderNames => ["scratch"];
    public BaselineRole Baseline => new(Rank: 1, Against: "fine-tuned");
    public bool NeedsWeights => true;
    public FineTuningOptions Options { get; init; } = FineTuningOptions.RandomInit;
    public LinearProbeOptions Probe { get; init; } = new();
    public FeatureScalingOptions Standard { get; init; } = new();

    public IProtocol With(GridPooling pooling) => this with { Options = Options with { Pooling = pooling } };

    public IProtocol WithEpochs(double epochs) => this with { Options = Options with { Epochs = epochs } };

    public IProtocol Balanced() => this with { Options = Options with { Balanced = true } };

    public IProtocol Resolve(EvaluationSetting setting) => this with { Options = Options.Resolve(setting) };

    public Classifier Fit(ClassifierTask task, CancellationToken cancel)
    {
        var encoder = task.Features.NewEncoder();
        if (Options.Compute is { } type) encoder.Compute(type);
        encoder.Forget((ulong)task.Seed);
        using var scaling = OwnScaling(encoder, task.Features);
        return FineTuning.Fit(this, task, encoder, scaling, Options, Probe, cancel);
    }

    /// <summary>Nothing pretrained reaches the network, not even the scale of its features.</summary>
    private FeatureScaling OwnScaling(TrainedEncoder encoder, SharedFeatures shared)
    {
        using var scope = TensorScope.Begin();
        return FeatureScaling.Fit(FineTuning.Pooled(encoder, shared.UnlabelledPixels(Standard.Images), Options.Pooling), Standard);
    }

    public Classifier Restore(SavedClassifier saved) => FineTuning.Restore(saved, Options);
}
