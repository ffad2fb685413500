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
/// One exchange of 2C + 1 numbers forward, one of 2C backward. Means and sums of squares of the ranks are joined in Float64 (Chan, Golub
/// and LeVeque 1979), so that the result is that of one process to rounding.
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
        var count = Tensor.Full([1], (double)x.Elements / channels, DType.Float64, x.Device);
        var all = group.GatherPlain(Tensor.Cat([ownMean.To(DType.Float64), ownSquares.To(DType.Float64), count])
            .Unsqueeze(0));                                                                                 // [R, 2C + 1]
        var (means, squares, counts) = (all.Narrow(1, 0, channels), all.Narrow(1, channels, channels), all.Narrow(1, 2 * channels, 1));
        rows = counts.Sum().ToDouble();
        var mean = (means * counts).Sum(0) / rows;                                                          // [C]
        var sum = squares.Sum(0) + ((means - mean).Square() * counts).Sum(0);
        if (moves) Move(mean, sum / Math.Max(1, rows - 1));
        scale = Save((sum / rows + epsilon).Rsqrt().To(DType.Float32));
        normalised = Save((x - PerChannel(mean.To(DType.Float32))) * PerChannel(scale));
        if (inputs.Length == 1) return [scope.Keep(normalised.Clone())];
        weight = Save(inputs[1]);
        return [scope.Keep(normalised * PerChannel(weight) + PerChannel(inputs[2]))];
    }

    private void Move(Tensor mean, Tensor variance)
    {
        runningMean.Lerp_(mean.To(DType.Float32), momentum);
        runningVariance.Lerp_(variance.To(DType.Float32), momentum);
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
