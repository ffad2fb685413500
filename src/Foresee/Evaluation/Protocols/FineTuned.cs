namespace Foresee.Evaluation.Protocols;

/// <summary>Encoder and classifier trained together, from the pretrained weights, from augmented images.</summary>
public sealed record FineTuned() : FineTuningProtocol(FineTuningOptions.FineTuned), ICountsHeadEpochs, IBalances
{
    public override string Name => "fine-tuned";
    public override string Title => "pretrained, fine-tuned";
    public override IReadOnlyList<string> OlderNames => ["finetuned"];

    public IProtocol WithHeadEpochs(double epochs) => this with { Options = Options with { HeadEpochs = epochs } };

    public IProtocol Balanced() => this with { Options = Options with { Balanced = true } };
}
