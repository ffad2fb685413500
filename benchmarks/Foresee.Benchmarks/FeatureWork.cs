using Foresee.Encoders;
using Foresee.Evaluation;
using Foresee.Images;
using Foresee.Torch;

namespace Foresee.Benchmarks;

/// <summary>A frozen encoder over images in memory, as evaluation uses it.</summary>
internal sealed class FeatureWork(string folder, IImageSource images) : IWork
{
    private const int BatchSize = 250; // as large as the baseline's
    private readonly TrainedEncoder encoder = TrainedEncoder.Load(folder, Device.Cpu);
    private readonly int[] all = [.. Enumerable.Range(0, images.Count)];

    /// <summary>Mean and mean square of the features of one batch.</summary>
    public double[] Check()
    {
        using var scope = TensorScope.Begin();
        using var table = Compute(all[..BatchSize]);
        return [table.Values.Mean().ToDouble(), table.Values.Square().Mean().ToDouble()];
    }

    public Measurement Measure(double seconds) => Measurement.Of(Steps(), seconds);

    private IEnumerable<int> Steps()
    {
        while (true)
        {
            Compute(all).Dispose();
            yield return all.Length;
        }
    }

    private FeatureTable Compute(int[] indices) =>
        FeatureTable.Compute(encoder.Features, images, indices, encoder.Input, [new(GridPooling.Whole)], Engine.Threads,
            batchSize: BatchSize)[0];

    public void Dispose() => encoder.Dispose();
}
