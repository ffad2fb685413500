using Foresee.Torch.Distributed;
using Foresee.Torch.Interop;

namespace Foresee.Torch.Layers;

/// <summary>
/// <see cref="FusedBatchNorm"/> by the mean and variance of all ranks' images, as <see cref="SynchronisedBatchNorm"/>: the kernel's two
/// passes forward and its two backward, and the exchange of 2C + 1 or 2C numbers between them.
/// </summary>
internal sealed class FusedSynchronisedBatchNorm(ProcessGroup group, Tensor runningMean, Tensor runningVariance, double momentum,
    double epsilon, int pool, bool rectified) : CustomFunction
{
    private Tensor[] kept = [];
    private long count;

    protected override Tensor[] Forward(Tensor[] inputs)
    {
        var (x, weight, bias, residual) = (inputs[0], inputs[1], inputs[2], inputs.Length > 3 ? inputs[3] : null);
        var (channels, rows) = ((int)x.Size(1), x.Elements / x.Size(1));
        var sums = Kernels.BatchNormMoments(x, weight, bias, pool, rectified);
        var all = BatchMoments.OfAll(group, new(Array.ConvertAll(sums[..channels], sum => sum / rows), sums[channels..], rows), x.Device);
        all.Move(runningMean, runningVariance, momentum);
        count = all.Count;
        Tensor mean = all.MeanTensor, scale = all.Scale(epsilon);
        var y = Kernels.BatchNormApply(x, weight, bias, residual, mean, scale, pool, rectified);
        kept = [Save(x), Save(weight), Save(bias), Save(mean), Save(scale)];
        if (residual is not null) kept = [.. kept, Save(y)]; // says where the ReLU let through
        return [y];
    }

    protected override Tensor?[] Backward(Tensor?[] gradients)
    {
        var gradient = gradients[0]!.To(MemoryFormat.ChannelsLast);
        var (x, weight, bias, mean, scale) = (kept[0], kept[1], kept[2], kept[3], kept[4]);
        var (own, dResidual) = Kernels.BatchNormGradientSums(gradient, x, weight, bias, kept.Length > 5 ? kept[5] : null, mean, scale, pool,
            rectified);
        var sums = Tensor.From(own);
        var halves = sums.To(DType.Float32).Chunk(2); // this rank's gradients of weight and bias: they are added up with all others
        group.Sum(sums);
        var dx = Kernels.BatchNormInputGradient(gradient, x, weight, bias, dResidual, mean, scale, sums.ToArray<double>(), count, pool,
            rectified);
        return dResidual is null ? [dx, halves[0], halves[1]] : [dx, halves[0], halves[1], dResidual];
    }
}
