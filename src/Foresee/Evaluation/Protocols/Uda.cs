using Foresee.Evaluation.Joint;
using Foresee.Losses;
using Foresee.Torch;

namespace Foresee.Evaluation.Protocols;

/// <summary>
/// What the network says of a weak view, sharpened, is asked of it for a strong one (Xie, Dai, Hovy, Luong and Le, "Unsupervised Data
/// Augmentation", NeurIPS 2020),
/// <code>L = CE of labelled images with p_y &lt; η(t) + w · mean [max p ≥ τ] · KL[ softmax(z_weak / T) ‖ softmax(z_strong) ]</code>
/// </summary>
/// <remarks>No gradient goes into the weak view. η, see <see cref="AnnealedSignal"/>, keeps few labels from being known by heart.</remarks>
public sealed record Uda : JointProtocol
{
    public override string Name => "uda";
    public override string Title => "unsupervised data augmentation";

    /// <summary>w</summary>
    public double Weight { get; init; } = 1;

    /// <summary>T; the paper's of CIFAR-10.</summary>
    public double Temperature { get; init; } = 0.4;

    /// <summary>τ; the paper's of CIFAR-10.</summary>
    public double Threshold { get; init; } = 0.8;

    public AnnealedRise Rise { get; init; } = AnnealedRise.Exponential;

    internal override Tensor Objective(JointStep step)
    {
        var (known, weak, strong) = step.Logits(step.Labelled, step.Weak, step.Other());
        var bound = AnnealedSignal.Bound(step.Time, step.Classes, Rise);
        return AnnealedSignal.CrossEntropy(known, step.Labels, bound)
            + Consistency.Divergence(weak, strong, Temperature, Threshold) * Weight;
    }
}
