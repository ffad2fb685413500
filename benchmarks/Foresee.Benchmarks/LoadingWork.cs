using Foresee.Images;

namespace Foresee.Benchmarks;

/// <summary>A folder of JPEG files to batches, every image decoded each time.</summary>
internal sealed class LoadingWork(IImageSource photographs, LoaderOptions options) : IWork
{
    private const int Checked = 16; // as many as the baseline
    private readonly ImageLoader loader = new(photographs, options with { CacheBytes = 0 });

    /// <summary>Mean pixel of each of the first files.</summary>
    public double[] Check() =>
        [.. Enumerable.Range(0, Checked).Select(i => photographs.Read(i, loader.Input).Pixels.Average(pixel => (double)pixel))];

    public Measurement Measure(double seconds) => Measurement.Of(Steps(), seconds);

    private IEnumerable<int> Steps()
    {
        foreach (var batch in loader.Batches())
            using (batch) yield return batch.Count;
    }

    public void Dispose() => loader.Dispose();
}
