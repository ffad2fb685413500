using Foresee.Torch.Distributed;

namespace Foresee.Torch.Layers;

/// <summary>
/// Batch norm by the mean and variance of all ranks' images, from x [N, C] or [N, C, ...], and weight and bias where it has them:
/// <code>
/// x̂ = (x - μ) / sqrt(σ² + ε),  y = x̂ w + b                               μ, σ² over the rows of all ranks
/// dx = w / sqrt(σ² + ε) · (dy - mean dy - x̂ · mean (dy x̂))               means over the same
/// </code>
/// </summary>
/// <remarks>
/// One exchange of 2C + 1 numbers forward, one of 2C backward.
/// </remarks>
internal sealed class SynchronisedBatchNorm(ProcessGroup group, Tensor runningMean, Tensor runningVariance, double momentum, double epsilon,
    bool moves) : CustomFunction
{
    private Tensor normalised = null!, scale = null!;
    private Tensor? weight;
    private double rows;

    protected override Tensor[] Forward(Tensor[] inputs)
    {
        using var scope = TensorScope.Begin();
        var x = inputs[0];
        var (channels, along) = (x.Size(1), Along(x));
        Tensor PerChannel(Tensor values) => values.Reshape([1, channels, .. Enumerable.Repeat(1L, x.Dimensions - 2)]);
        var ownMean = x.Mean(along);                                                                        // [C]
        var ownSquares = (x - PerChannel(ownMean)).Square().Sum(along);                                     // [C]
        double[] Numbers(Tensor values) => values.To(DType.Float64).To(Device.Cpu).ToArray<double>();
        var all = BatchMoments.OfAll(group, new(Numbers(ownMean), Numbers(ownSquares), x.Elements / channels), x.Device);
        rows = all.Count;
        if (moves) all.Move(runningMean, runningVariance, momentum);
        var mean = all.MeanTensor.To(x.Device);                                                             // [C]
        scale = Save(all.Scale(epsilon).To(x.Device));
        normalised = Save((x - PerChannel(mean)) * PerChannel(scale));
        if (inputs.Length == 1) return [scope.Keep(normalised.Clone())];
        weight = Save(inputs[1]);
        return [scope.Keep(normalised * PerChannel(weight) + PerChannel(inputs[2]))];
    }

    protected override Tensor?[] Backward(Tensor?[] gradients)
    {
        var dy = gradients[0]!;
        var (channels, along) = (dy.Size(1), Along(dy));
        Tensor PerChannel(Tensor values) => values.Reshape([1, channels, .. Enumerable.Repeat(1L, dy.Dimensions - 2)]);
        var (bias, weights) = (dy.Sum(along), (dy * normalised).Sum(along));                                // [C], this rank's
        var sums = Tensor.Cat([bias, weights]);
        group.Sum(sums);
        var means = (sums / rows).Chunk(2);
        var dx = (dy - PerChannel(means[0]) - normalised * PerChannel(means[1])) * PerChannel(weight is null ? scale : scale * weight);
        return weight is null ? [dx] : [dx, weights, bias];
    }

    private static long[] Along(Tensor x) => [0, .. Enumerable.Range(2, x.Dimensions - 2).Select(dimension => (long)dimension)];
}
