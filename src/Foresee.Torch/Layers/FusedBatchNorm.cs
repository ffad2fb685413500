using Foresee.Torch.Interop;

namespace Foresee.Torch.Layers;

/// <summary>
/// Batch norm, the sum with a residual, ReLU and max-pooling as one kernel, from x [N, C, H, W] with channels last, weight, bias and
/// perhaps the residual.
/// </summary>
internal sealed class FusedBatchNorm(Tensor runningMean, Tensor runningVariance, double momentum, double epsilon, int pool, bool rectified)
    : CustomFunction
{
    private Tensor[] kept = [];

    protected override Tensor[] Forward(Tensor[] inputs)
    {
        var residual = inputs.Length > 3 ? inputs[3] : null;
        var (y, mean, scale) = Kernels.BatchNormTrain(inputs[0], inputs[1], inputs[2], residual, runningMean, runningVariance, momentum,
            epsilon, pool, rectified);
        kept = [Save(inputs[0]), Save(inputs[1]), Save(inputs[2]), Save(mean), Save(scale)];
        if (residual is not null) kept = [.. kept, Save(y)]; // says where the ReLU let through
        return [y];
    }

    protected override Tensor?[] Backward(Tensor?[] gradients) =>
        Kernels.BatchNormBackward(gradients[0]!, kept[0], kept[1], kept[2], kept.Length > 5 ? kept[5] : null, kept[3], kept[4], pool,
            rectified);
}
