using Foresee.Evaluation.Joint;
using Foresee.Losses;
using Foresee.Torch;
using Foresee.Torch.Losses;

namespace Foresee.Evaluation.Protocols;

/// <summary>
/// What the network says of an unlabelled image may not change where the image changes a little in the worst direction (virtual adversarial
/// training, Miyato, Maeda, Koyama and Ishii, TPAMI 2018),
/// <code>L = CE(z_labelled, y) + w · KL[ p(x) ‖ p(x + r) ] + v · H(p(x)),   r of <see cref="VirtualAdversary"/>, v = 0</code>
/// </summary>
/// <remarks>The direction costs two more passes over the unlabelled images, one of them backwards.</remarks>
public record Vat : JointProtocol
{
    public override string Name => "vat";
    public override string Title => "virtual adversarial training";

    public VirtualAdversary Adversary { get; init; } = new();

    /// <summary>w</summary>
    public double Weight { get; init; } = 1;

    /// <summary>v, of the entropy.</summary>
    public double Certainty { get; init; }

    internal override Tensor Objective(JointStep step)
    {
        var adversarial = step.Adversarial(step.Weak, Adversary);
        var (known, own, moved) = step.Logits(step.Labelled, step.Weak, adversarial);
        var loss = Loss.CrossEntropy(known, step.Labels) + Consistency.Divergence(own, moved) * Weight;
        return Certainty > 0 ? loss + Entropy.Of(own) * Certainty : loss;
    }
}
