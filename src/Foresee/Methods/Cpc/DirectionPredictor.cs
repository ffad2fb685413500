using Foresee.Torch;
using Foresee.Torch.Interop;
using Foresee.Torch.Layers;

namespace Foresee.Methods.Cpc;

/// <summary>Predictions of one offset.</summary>
/// <param name="Values">[B·(H'-k)·W', K], in the order chunk of images, row, column, image.</param>
/// <param name="Labels">Of each: the row of the target list, b·H·W + i·W + j, at which what it predicts stands.</param>
public readonly record struct Prediction(int Offset, Tensor Values, Tensor Labels);

/// <summary>
/// A direction's context and what it foresees: p_{i+k,j} = s · W_k c_{i,j} for each offset k, rows counted in the direction of reading.
/// </summary>
public sealed class DirectionPredictor : Module
{
    private readonly Direction direction;
    private readonly MaskedContext context;
    private readonly Dictionary<int, Linear> predictors = [];
    private readonly int features, middle, size;
    private readonly bool plain; // the kernel knows one reading only
    private readonly Tensor[] weights;

    /// <param name="features">D, of the grid's vectors.</param>
    /// <param name="size">K, of the predictions.</param>
    public DirectionPredictor(Direction direction, int features, int middle, int depth, int size, IReadOnlyList<int> offsets,
        Generator generator, ContextVariant? variant = null)
    {
        (this.direction, this.features, this.middle, this.size) = (direction, features, middle, size);
        context = Child("context", new MaskedContext(features, middle, depth, generator, variant));
        foreach (var k in offsets) predictors[k] = Child($"offset{k}", new Linear(features, size, bias: true, generator));
        plain = variant is { Activation: ContextActivation.AfterEach };
        var blocks = context.Parameters().Select(p => p.Value).ToArray();
        weights = [.. Enumerable.Repeat(blocks, variant is { Weights: ContextWeights.Shared } ? depth : 1).SelectMany(block => block),
            .. Parameters().Skip(blocks.Length).Select(p => p.Value)];
    }

    /// <param name="z">[B, H, W, D]</param>
    /// <param name="chunk">Images that stay together in the order of the predictions; divides B.</param>
    /// <param name="scale">s</param>
    public IReadOnlyList<Prediction> Predict(Tensor z, int chunk, double scale)
    {
        // libtorch 1.13 refuses an empty batch by itself, 2.14 computes nothing from it
        if (z.Size(0) == 0) throw new ArgumentException("Predictions need a grid of one image or more, got one of none.", nameof(z));
        int[] offsets = [.. predictors.Keys];
        var places = direction.Orient(Places(z));                                           // [B, H', W'], turned
        var rows = places.Size(1);
        var values = !plain && z.DType == DType.Float32 && Kernels.Supports(z.Device, Arithmetic, features, middle, size)
            ? new FusedPredictions(direction, Array.ConvertAll(offsets, k => (long)k), chunk, scale, ComputeType).Apply([z, .. weights])
            : Plain(z, rows, offsets, chunk, scale);
        return [.. offsets.Zip(values, (k, p) =>
            new Prediction(k, p, Ordered(places.Narrow(1, k, rows - k).Unsqueeze(3), chunk).Flatten()))];
    }

    private Tensor[] Plain(Tensor z, long rows, int[] offsets, int chunk, double scale)
    {
        var useful = rows - offsets.Min();                                                  // rows below predict nothing
        var grid = direction.Orient(z.Permute(0, 3, 1, 2)).Narrow(2, 0, useful);            // [B, D, useful, W'], turned
        var c = context.Forward(grid).Permute(0, 2, 3, 1);                                  // [B, useful, W', D]
        return Array.ConvertAll(offsets, k =>
            Ordered(predictors[k].Forward(c.Narrow(1, 0, rows - k)).To(DType.Float32) * scale, chunk).Flatten(0, 3));
    }

    /// <summary>[B, r, W', n] to [B / chunk, r, W', chunk · n].</summary>
    private static Tensor Ordered(Tensor x, int chunk) =>
        x.Reshape(x.Size(0) / chunk, chunk, x.Size(1), x.Size(2), x.Size(3)).Permute(0, 2, 3, 1, 4);

    /// <summary>The row of the target list at which each grid position stands: b·H·W + i·W + j.</summary>
    private static Tensor Places(Tensor z) =>
        Tensor.Arange(z.Size(0) * z.Size(1) * z.Size(2), z.Device).Reshape(z.Size(0), z.Size(1), z.Size(2));

    /// <summary>The contexts alone, [B, D, H, W], turned.</summary>
    public override Tensor Forward(Tensor x) => context.Forward(direction.Orient(x));
}
