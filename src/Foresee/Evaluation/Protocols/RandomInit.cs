using Foresee.Classifiers;
using Foresee.Encoders;
using Foresee.Torch;

namespace Foresee.Evaluation.Protocols;

/// <summary>As <see cref="FineTuned"/>, the encoder's weights drawn anew: what the same network learns without pretraining.</summary>
public sealed record RandomInit() : FineTuningProtocol(FineTuningOptions.RandomInit), IBalances
{
    public override string Name => "random-init";
    public override string Title => "same network, not pretrained";
    public override IReadOnlyList<string> OlderNames => ["scratch"];
    public override BaselineRole Baseline => new(Rank: 1, Against: "fine-tuned");
    public override FeatureOptions? Scaling => null;

    public IProtocol Balanced() => this with { Options = Options with { Balanced = true } };

    public override Classifier Fit(ClassifierTask task, CancellationToken cancel)
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
}
