namespace Foresee.Evaluation.Protocols;

/// <summary>Virtual adversarial training with v = 1, entropy minimisation beside it: the paper's best.</summary>
public sealed record VatEntropy : Vat
{
    public VatEntropy() => Certainty = 1;

    public override string Name => "vat-entropy";
    public override string Title => "VAT + entropy minimisation";
}
