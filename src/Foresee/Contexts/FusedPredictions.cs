using Foresee.Torch;
using Foresee.Torch.Interop;

namespace Foresee.Contexts;

/// <summary><see cref="DirectionPredictor"/> as one operator. Inputs: z [B, H, W, D], then the weights in their own order.</summary>
internal sealed class FusedPredictions(Direction direction, long[] offsets, int chunk, double scale) : CustomFunction
{
    private static readonly Lazy<(Operator Forward, Operator Backward)> Kernel =
        new(() => (Kernels.Find("grid_predictions"), Kernels.Find("grid_predictions_backward")));
    private Tensor? z, kept;
    private Tensor[] weights = [];

    protected override Tensor[] Forward(Tensor[] inputs)
    {
        weights = inputs[1..];
        var results = Kernel.Value.Forward.CallAll(inputs[0], weights, (int)direction, offsets, chunk, scale, true);
        (z, kept) = (Save(inputs[0]), Save((Tensor)results[1]!));
        return (Tensor[])results[0]!;
    }

    protected override Tensor?[] Backward(Tensor?[] gradients) =>
        (Tensor[])Kernel.Value.Backward.CallAll(Array.ConvertAll(gradients, g => g!), z!, kept!, weights, (int)direction, offsets, chunk, scale)[0]!;
}
