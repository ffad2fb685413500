using Foresee.Augmentation;
using Foresee.Evaluation.Joint;
using Foresee.Images;
using Foresee.Losses;
using Foresee.Torch;
using Foresee.Torch.Layers;
using Foresee.Torch.Losses;

namespace Foresee.Evaluation.Protocols;

/// <summary>
/// Beside the classes of labelled images the network learns that views of one image lie nearer to each other than to those of another (S4L,
/// Zhai, Oliver, Kolesnikov and Beyer, ICCV 2019),
/// <code>L = CE(z_labelled, y) + w · <see cref="Triplet"/> of V views of each unlabelled image</code>
/// </summary>
public sealed record JointExemplar : JointProtocol
{
    public override string Name => "joint-exemplar";
    public override string Title => "labels + exemplar (S4L)";

    /// <summary>w</summary>
    public double Weight { get; init; } = 1;

    /// <summary>V; published are 8.</summary>
    public int Views { get; init; } = 3;

    /// <summary>Length of the vectors that are compared.</summary>
    public int Projection { get; init; } = 256;

    public double Margin { get; init; } = 0.5;

    internal override void Validate(InputFormat input)
    {
        base.Validate(input);
        if (Views < 2) throw new ArgumentException($"{Name} compares views of an image, so Views must be 2 or more, got {Views}.");
    }

    internal override IReadOnlyList<ITransform?> OtherView(InputFormat input) => ImageAugmentation.SimClr32.Changes();

    internal override Module Extra(int features, Generator generator) => LinearHead(features, Projection, generator);

    internal override Tensor Objective(JointStep step)
    {
        var views = Tensor.Cat([.. Enumerable.Range(0, Views).Select(_ => step.Other())]);               // [V·U, C, h, w]
        var features = step.Features(Tensor.Cat([step.Labelled, views]));
        var (known, others) = (features.Narrow(0, 0, step.Labels.Elements), features.Narrow(0, step.Labels.Elements, views.Size(0)));
        var z = NegativeCosine.Unit(step.Extra(others));                                                  // [V·U, d]
        return Loss.CrossEntropy(step.Classify(known), step.Labels) + Triplet.SemiHard(z, Views, Margin) * Weight;
    }
}
