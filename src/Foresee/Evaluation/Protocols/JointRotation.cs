using Foresee.Evaluation.Joint;
using Foresee.Images;
using Foresee.Losses;
using Foresee.Torch;
using Foresee.Torch.Layers;
using Foresee.Torch.Losses;

namespace Foresee.Evaluation.Protocols;

/// <summary>
/// Beside the classes of labelled images the network learns by how many right angles any image was turned (self-supervised semi-supervised
/// learning, Zhai, Oliver, Kolesnikov and Beyer, "S4L", ICCV 2019),
/// <code>L = CE(z_labelled, y) + w · <see cref="TurnChoice"/> of labelled and unlabelled images</code>
/// </summary>
/// <remarks>
/// The class is asked of the upright image alone, so that one pass predicts it; the paper asks it of all four turns and averages them.
/// </remarks>
public sealed record JointRotation : JointProtocol
{
    public override string Name => "joint-rotation";
    public override string Title => "labels + rotation (S4L)";

    /// <summary>w</summary>
    public double Weight { get; init; } = 1;

    internal override void Validate(InputFormat input)
    {
        base.Validate(input);
        CheckSquare(input, Name);
    }

    /// <exception cref="ArgumentException">A turned image would have another shape.</exception>
    internal static void CheckSquare(InputFormat input, string name)
    {
        if (input.ReadHeight != input.ReadWidth)
            throw new ArgumentException($"{name} turns images by right angles, so they must be square, got {input.ReadHeight} x "
                + $"{input.ReadWidth} px; take another protocol.");
    }

    internal override Module Extra(int features, Generator generator) => LinearHead(features, TurnChoice.Turns, generator);

    internal override Tensor Objective(JointStep step)
    {
        var features = step.Features(TurnChoice.Copies(Tensor.Cat([step.Labelled, step.Weak])));         // [4(B+U), K]
        var known = step.Classify(features.Narrow(0, 0, step.Labels.Elements));
        return Loss.CrossEntropy(known, step.Labels) + TurnChoice.Of(step.Extra(features)).Loss * Weight;
    }
}
