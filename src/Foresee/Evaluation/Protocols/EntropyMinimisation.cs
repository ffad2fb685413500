using Foresee.Evaluation.Joint;
using Foresee.Losses;
using Foresee.Torch;
using Foresee.Torch.Losses;

namespace Foresee.Evaluation.Protocols;

/// <summary>
/// The network is asked to be certain of unlabelled images (Grandvalet and Bengio, NIPS 2004),
/// <code>L = CE(z_labelled, y) + w · H(softmax(z))</code>
/// </summary>
/// <remarks>Certain that all are of one class is certain, too: nothing but the labels speaks against it.</remarks>
public sealed record EntropyMinimisation : JointProtocol
{
    public override string Name => "entropy";
    public override string Title => "entropy minimisation";

    /// <summary>w; as Zhai et al. (S4L, ICCV 2019) have it beside labels of the same weight.</summary>
    public double Weight { get; init; } = 1;

    internal override Tensor Objective(JointStep step)
    {
        var (known, own) = step.Logits(step.Labelled, step.Weak);
        return Loss.CrossEntropy(known, step.Labels) + Entropy.Of(own) * Weight;
    }
}
