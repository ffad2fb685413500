
namespace Foresee.Benchmarks;

/// <summary>The reference network's encoder, frozen, over images in memory.</summary>
internal static class FeatureBenchmark
{
    private const int Count = 500;

    public static Benchmark Create(string name)
    {
        var method = TrainingBenchmark.ReferenceMethod;
        var fit = TrainingBenchmark.ReferenceInput;
        HeldImages Images() => MadeImages.Draw(Count, fit.Height, fit.Width, fit.Channels);
        return new(name, "features of 28 x 28 grey images, 6 x 6 patches of 8 px, the reference encoder, frozen",
            folder =>
            {
                Exchange.WriteNetwork(folder, fit, method, TrainingBenchmark.Endless(batchSize: 64));
                Exchange.WriteImages(folder, Images(), fit);
            },
            Benchmark.AgainstBaselines("features", (folder, _) => new FeatureWork(folder, Images()), multiplies: true));
    }
}
