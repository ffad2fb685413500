using Foresee.Torch;
using Foresee.Torch.Interop;

namespace Foresee.Methods.Cpc;

/// <summary><see cref="DirectionPredictor"/> as one kernel. Inputs: z [B, H, W, D], then the weights in their own order.</summary>
internal sealed class FusedPredictions(Direction direction, long[] offsets, int chunk, double scale, DType compute) : CustomFunction
{
    private Tensor? z, kept;
    private Tensor[] weights = [];
    private long[][] shapes = [];

    protected override Tensor[] Forward(Tensor[] inputs)
    {
        weights = inputs[1..];
        var (predictions, between) = Kernels.GridPredictions(inputs[0], weights, (int)direction, offsets, chunk, scale, compute);
        (z, kept) = (Save(inputs[0]), Save(between));
        shapes = Array.ConvertAll(predictions, p => p.Shape);
        return predictions;
    }

    protected override Tensor?[] Backward(Tensor?[] gradients)
    {
        Tensor[] given = [.. gradients.Select((gradient, i) => gradient ?? Tensor.Zeros(shapes[i]))]; // null where an offset was not used
        return Kernels.GridPredictionsBackward(given, z!, kept!, weights, (int)direction, offsets, chunk, scale, compute);
    }
}
