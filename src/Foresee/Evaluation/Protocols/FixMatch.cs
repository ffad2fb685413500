using Foresee.Evaluation.Joint;
using Foresee.Losses;
using Foresee.Torch;
using Foresee.Torch.Losses;

namespace Foresee.Evaluation.Protocols;

/// <summary>
/// Where the network is sure of a weak view, its class is the label of a strong one (Sohn et al., FixMatch, NeurIPS 2020),
/// <code>L = CE(z_labelled, y) + w · 1/U Σ [max p_weak ≥ τ] · CE(z_strong, argmax p_weak)</code>
/// </summary>
/// <remarks>
/// No gradient goes into the weak view, and a view that is not sure teaches nothing. All views pass in one batch, as published: batch norm
/// sees labelled, weak and strong ones together.
/// </remarks>
public sealed record FixMatch : JointProtocol
{
    public override string Name => "fixmatch";
    public override string Title => "FixMatch";

    /// <summary>w</summary>
    public double Weight { get; init; } = 1;

    /// <summary>τ</summary>
    public double Threshold { get; init; } = 0.95;

    internal override Tensor Objective(JointStep step)
    {
        var (known, weak, strong) = step.Logits(step.Labelled, step.Weak, step.Other());
        return Loss.CrossEntropy(known, step.Labels) + Consistency.HardLabels(weak, strong, Threshold) * Weight;
    }
}
