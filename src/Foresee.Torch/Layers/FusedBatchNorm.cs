using Foresee.Torch.Interop;

namespace Foresee.Torch.Layers;

/// <summary>Batch norm, ReLU and max-pooling as one kernel, from x [N, C, H, W] with channels last, weight and bias.</summary>
internal sealed class FusedBatchNorm(Tensor runningMean, Tensor runningVariance, double momentum, double epsilon, int pool) : CustomFunction
{
    private Tensor[] kept = [];

    /// <summary>With the running statistics, without gradient.</summary>
    public static Tensor Infer(Tensor x, Tensor weight, Tensor bias, Tensor mean, Tensor variance, double epsilon, int pool) =>
        Kernels.BatchNormInfer(x, weight, bias, mean, variance, epsilon, pool);

    protected override Tensor[] Forward(Tensor[] inputs)
    {
        var (y, mean, scale) = Kernels.BatchNormTrain(inputs[0], inputs[1], inputs[2], runningMean, runningVariance, momentum, epsilon,
            pool);
        kept = [Save(inputs[0]), Save(inputs[1]), Save(inputs[2]), Save(mean), Save(scale)];
        return [y];
    }

    protected override Tensor?[] Backward(Tensor?[] gradients) =>
        Kernels.BatchNormBackward(gradients[0]!, kept[0], kept[1], kept[2], kept[3], kept[4], pool);
}
