using Foresee.Augmentation;
using Foresee.Losses;
using Foresee.Torch;
using Foresee.Torch.Layers;
using Foresee.Torch.Optimisers;

namespace Foresee.Evaluation.Joint;

/// <summary>
/// A batch of B labelled and U unlabelled images and the network that learns from it: what a protocol's loss is written in. Views are made
/// when they are asked for.
/// </summary>
internal sealed class JointStep(JointNetwork network, Module? extra, WeightAverage teacher, JointViews views, Generator generator)
{
    /// <summary>uint8 [B, C, H, W]</summary>
    public required Tensor LabelledPixels { private get; init; }

    /// <summary>uint8 [U, C, H, W]</summary>
    public required Tensor UnlabelledPixels { private get; init; }

    /// <summary>Int64 [B]</summary>
    public required Tensor Labels { get; init; }

    public required int Classes { get; init; }

    /// <summary>0 in the first step, 1 after the last.</summary>
    public required double Time { get; init; }

    /// <summary>Weak views of the labelled images, [B, C, h, w], normalised.</summary>
    public Tensor Labelled { get => field ??= Views(views.Weak, LabelledPixels); }

    /// <summary>Weak views of the unlabelled images, [U, C, h, w], normalised; the same each time.</summary>
    public Tensor Weak { get => field ??= Views(views.Weak, UnlabelledPixels); }

    /// <summary>Other views of the same images, as the protocol wants them, [U, C, h, w]; others each time.</summary>
    public Tensor Other() => Views(views.Other, UnlabelledPixels);

    private Tensor Views(ViewMaker maker, Tensor pixels) => network.Normalised(maker.Make(pixels, generator, views.Threads));

    /// <summary>As they are now, and running statistics.</summary>
    public IEnumerable<NamedTensor> Weights => network.State();

    /// <summary>[N, K]</summary>
    public Tensor Features(Tensor x) => network.Features(x);

    /// <summary>Of features: [N, K] to [N, classes].</summary>
    public Tensor Classify(Tensor features) => network.Logits(features);

    /// <summary>
    /// Logits of several tensors of images in one pass: batch norm sees them as one batch, as the published FixMatch does.
    /// </summary>
    /// <returns>For each [its images, classes].</returns>
    public (Tensor First, Tensor Second) Logits(Tensor first, Tensor second)
    {
        var logits = Classify(Features(Tensor.Cat([first, second])));
        return (logits.Narrow(0, 0, first.Size(0)), logits.Narrow(0, first.Size(0), second.Size(0)));
    }

    /// <inheritdoc cref="Logits(Tensor, Tensor)"/>
    public (Tensor First, Tensor Second, Tensor Third) Logits(Tensor first, Tensor second, Tensor third)
    {
        var (both, last) = Logits(Tensor.Cat([first, second]), third);
        return (both.Narrow(0, 0, first.Size(0)), both.Narrow(0, first.Size(0), second.Size(0)), last);
    }

    /// <summary>What the protocol's further head makes of features.</summary>
    public Tensor Extra(Tensor features) => (extra ?? throw new InvalidOperationException("This protocol has no further head."))
        .Forward(features);

    /// <summary>Logits by the averaged weights, without gradient. To be asked before the network's own passes.</summary>
    public Tensor Teacher(Tensor x)
    {
        using var noGrad = Autograd.NoGrad();
        using var swapped = teacher.SwapIn();
        return network.Logits(network.Features(x));
    }

    /// <summary>
    /// The images, each changed a little in the direction in which the network's answer changes fastest. To be asked before its own passes.
    /// </summary>
    public Tensor Adversarial(Tensor x, VirtualAdversary adversary)
    {
        using var question = network.Questioned();
        return x + adversary.Of(view => network.Logits(network.Features(view)), x, generator);
    }
}

/// <summary>Makers of views of 0 to 1.</summary>
/// <param name="Weak">Mirrored and moved a little.</param>
/// <param name="Other">As the protocol wants them.</param>
internal sealed record JointViews(ViewMaker Weak, ViewMaker Other, int Threads);
