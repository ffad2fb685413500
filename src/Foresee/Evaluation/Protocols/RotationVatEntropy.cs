using Foresee.Evaluation.Joint;
using Foresee.Images;
using Foresee.Losses;
using Foresee.Torch;
using Foresee.Torch.Layers;
using Foresee.Torch.Losses;

namespace Foresee.Evaluation.Protocols;

/// <summary>
/// Rotation, VAT and entropy minimisation together, the first step of S4L's "mix of all models" (Zhai, Oliver, Kolesnikov and Beyer, ICCV
/// 2019, section 7),
/// <code>L = a CE(z_labelled, y) + b <see cref="TurnChoice"/> of all images + c KL[ p(x) ‖ p(x + r) ] + d H(p(x))</code>
/// </summary>
/// <remarks>The paper goes on with its pseudo-labels in a second training, and with the labels alone in a third.</remarks>
public sealed record RotationVatEntropy : JointProtocol
{
    public override string Name => "rotation-vat-entropy";
    public override string Title => "rotation + VAT + entropy (S4L)";

    /// <summary>a</summary>
    public double Labels { get; init; } = 0.3;

    /// <summary>b</summary>
    public double Rotation { get; init; } = 0.7;

    /// <summary>c</summary>
    public double Weight { get; init; } = 0.3;

    /// <summary>d</summary>
    public double Certainty { get; init; } = 0.3;

    public VirtualAdversary Adversary { get; init; } = new();

    internal override void Validate(InputFormat input)
    {
        base.Validate(input);
        JointRotation.CheckSquare(input, Name);
    }

    internal override Module Extra(int features, Generator generator) => LinearHead(features, TurnChoice.Turns, generator);

    internal override Tensor Objective(JointStep step)
    {
        var adversarial = step.Adversarial(step.Weak, Adversary);
        var turned = TurnChoice.Copies(Tensor.Cat([step.Labelled, step.Weak]));                          // [4(B+U), C, h, h]
        var features = step.Features(Tensor.Cat([turned, adversarial]));
        var (labelled, images) = (step.Labels.Elements, step.Labels.Elements + adversarial.Size(0));     // B, B+U
        var upright = step.Classify(features.Narrow(0, 0, images));
        var (known, own) = (upright.Narrow(0, 0, labelled), upright.Narrow(0, labelled, adversarial.Size(0)));
        var moved = step.Classify(features.Narrow(0, turned.Size(0), adversarial.Size(0)));
        return Loss.CrossEntropy(known, step.Labels) * Labels
            + TurnChoice.Of(step.Extra(features.Narrow(0, 0, turned.Size(0)))).Loss * Rotation
            + Consistency.Divergence(own, moved) * Weight + Entropy.Of(own) * Certainty;
    }
}
