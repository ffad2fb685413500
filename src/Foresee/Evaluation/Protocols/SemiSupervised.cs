namespace Foresee.Evaluation.Protocols;

/// <summary>
/// Encoder and classifier trained together, from the pretrained weights, from augmented images: labelled ones, and unlabelled ones with
/// the network's own predictions.
/// </summary>
public sealed record SemiSupervised() : FineTuningProtocol(FineTuningOptions.SemiSupervised), ICountsHeadEpochs
{
    public override string Name => "semi-supervised";
    public override string Title => "pretrained, semi-supervised";

    public IProtocol WithHeadEpochs(double epochs) => this with { Options = Options with { HeadEpochs = epochs } };
}
