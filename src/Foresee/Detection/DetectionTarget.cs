using Foresee.Torch;

namespace Foresee.Detection;

/// <summary>What of a canvas is image, from its upper left corner; in pixels.</summary>
public readonly record struct CanvasSize(double Width, double Height);

/// <summary>What is to be found in a canvas.</summary>
/// <param name="Boxes">In pixels of the canvas.</param>
/// <param name="Classes">Of each box, from 0.</param>
public sealed record DetectionTarget(IReadOnlyList<Box> Boxes, IReadOnlyList<int> Classes, CanvasSize Extent);

/// <summary>The four losses of Faster R-CNN, each a scalar; their sum is learnt.</summary>
/// <param name="Objectness">Cross entropy of the anchors that were drawn; ln 2 for a network that knows nothing.</param>
/// <param name="Proposals">Smooth L1 of their deltas, over all that were drawn.</param>
/// <param name="Classes">Cross entropy of the regions that were drawn.</param>
/// <param name="Boxes">Smooth L1 of their deltas, over all that were drawn.</param>
public sealed record DetectorLoss(Tensor Objectness, Tensor Proposals, Tensor Classes, Tensor Boxes)
{
    public Tensor Total => Objectness + Proposals + Classes + Boxes;
}
