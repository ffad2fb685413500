using Foresee.Torch.Distributed;

namespace Foresee.Torch.Layers;

/// <summary>What a batch norm measures of the rows of all ranks, per channel.</summary>
/// <param name="Mean">[C]</param>
/// <param name="Squares">[C], sums of squared deviations from it</param>
/// <param name="Count">Rows.</param>
/// <remarks>
/// Means and sums of squares of the ranks are joined in Float64 (Chan, Golub and LeVeque 1979), so that the result is that of one process
/// to rounding.
/// </remarks>
internal sealed record BatchMoments(double[] Mean, double[] Squares, long Count)
{
    /// <summary>By one exchange of 2C + 1 numbers.</summary>
    /// <param name="own">Of this rank's rows.</param>
    public static BatchMoments OfAll(ProcessGroup group, BatchMoments own, Device device)
    {
        using var scope = TensorScope.Begin();
        var channels = own.Mean.Length;
        var numbers = Tensor.From([.. own.Mean, .. own.Squares, (double)own.Count]).To(device);
        var all = group.GatherPlain(numbers).To(Device.Cpu).ToArray<double>();                       // [R (2C + 1)]
        double[] Row(int rank, int part) => all[(rank * (2 * channels + 1) + part * channels)..][..channels];
        var counts = Enumerable.Range(0, group.Ranks).Select(rank => all[(rank + 1) * (2 * channels + 1) - 1]).ToArray();
        var (mean, squares, count) = (new double[channels], new double[channels], counts.Sum());
        for (var rank = 0; rank < group.Ranks; rank++)
            foreach (var (c, value) in Row(rank, 0).Index()) mean[c] += value * counts[rank] / count;
        for (var rank = 0; rank < group.Ranks; rank++)
        {
            var (means, sums) = (Row(rank, 0), Row(rank, 1));
            for (var c = 0; c < channels; c++) squares[c] += sums[c] + counts[rank] * (means[c] - mean[c]) * (means[c] - mean[c]);
        }
        return new(mean, squares, (long)count);
    }

    /// <summary>The running statistics move by this batch, the variance unbiased.</summary>
    public void Move(Tensor runningMean, Tensor runningVariance, double momentum)
    {
        using var scope = TensorScope.Begin();
        runningMean.Lerp_(Floats(Mean).To(runningMean.Device), momentum);
        runningVariance.Lerp_(Floats(Array.ConvertAll(Squares, sum => sum / Math.Max(1, Count - 1))).To(runningMean.Device), momentum);
    }

    /// <summary>[C]</summary>
    public Tensor MeanTensor => Floats(Mean);

    /// <summary>1 / sqrt(σ² + ε): [C]</summary>
    public Tensor Scale(double epsilon) => Floats(Array.ConvertAll(Squares, sum => 1 / Math.Sqrt(sum / Count + epsilon)));

    private static Tensor Floats(double[] values) => Tensor.From(Array.ConvertAll(values, value => (float)value));
}
