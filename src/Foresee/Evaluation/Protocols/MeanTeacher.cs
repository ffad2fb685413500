using Foresee.Augmentation;
using Foresee.Evaluation.Joint;
using Foresee.Images;
using Foresee.Losses;
using Foresee.Torch;
using Foresee.Torch.Losses;

namespace Foresee.Evaluation.Protocols;

/// <summary>
/// The network is asked for what the average of its own past says of another view of the image (Tarvainen and Valpola, NIPS 2017),
/// <code>
/// L = CE(z_labelled, y) + w(t) · mean (p - p̄)²,   w = W e^(-5 (1 - min(1, t / T))²)
/// p̄ by the averaged weights, of another view
/// </code>
/// </summary>
/// <remarks>No gradient goes into the teacher. With 40 to 250 labels of CIFAR-10 it is published as useless.</remarks>
public sealed record MeanTeacher : JointProtocol
{
    public override string Name => "mean-teacher";
    public override string Title => "mean teacher";

    /// <summary>W, of a mean over images and classes (USB has 50, the paper 100 of a mean).</summary>
    public double Weight { get; init; } = 50;

    /// <summary>T, a share of the training.</summary>
    public double Until { get; init; } = 0.4;

    internal override IReadOnlyList<ITransform?> OtherView(InputFormat input) => JointViewChanges.Weak(input);

    internal override Tensor Objective(JointStep step)
    {
        var believed = step.Teacher(step.Other());
        var (known, own) = step.Logits(step.Labelled, step.Weak);
        return Loss.CrossEntropy(known, step.Labels) + Consistency.SquaredDifference(believed, own) * Strength(step.Time);
    }

    /// <summary>w</summary>
    internal double Strength(double time)
    {
        var left = 1 - Math.Min(1, time / Until);
        return Weight * Math.Exp(-5 * left * left);
    }
}
