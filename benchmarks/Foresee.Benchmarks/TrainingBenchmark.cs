using Foresee.Augmentation;
using Foresee.Encoders;
using Foresee.Images;
using Foresee.Methods.Cpc;
using Foresee.Training;

namespace Foresee.Benchmarks;

/// <summary>
/// Whole training steps, images in memory: flip of whole images, patches, network, loss, backward, Adam. Other augmentation is left
/// out on both sides: the baseline's would take more time than its network, and is measured by itself.
/// </summary>
internal static class TrainingBenchmark
{
    private const int Count = 2000; // images in memory

    /// <summary>28 x 28 grey, 6 x 6 patches of 8 px.</summary>
    public static CpcV2Options ReferenceMethod { get; } = Method(new(8, 4, PatchEncoderOptions.Small8(channels: 1)));

    public static InputFormat ReferenceInput { get; } = Input(28, 1);

    public static Benchmark Reference(string name) => Create(name,
        "training steps on 28 x 28 grey images, 6 x 6 patches of 8 px, batch 64", ReferenceInput, ReferenceMethod, batchSize: 64);

    public static Benchmark Colour(string name) => Create(name,
        "training steps on 32 x 32 colour images, 7 x 7 patches of 8 px, batch 64",
        Input(32, 3), Method(new(8, 4, PatchEncoderOptions.Small8(channels: 3))), batchSize: 64);

    public static Benchmark Large(string name) => Create(name,
        "training steps on 64 x 64 colour images, 7 x 7 patches of 16 px, 1024-d encoder of 13 blocks, batch 16",
        Input(64, 3), Method(new(16, 8, LargeEncoder)) with { ContextBottleneckWidth = 256 }, batchSize: 16) with
    { Rounds = 3 };

    private static PatchEncoderOptions LargeEncoder =>
        new(3, 64, 3, 2, [.. Stack(256, 3, stride: 1), .. Stack(512, 4, stride: 2), .. Stack(1024, 6, stride: 2)]);

    private static IEnumerable<BlockOptions> Stack(int width, int depth, int stride) =>
        Enumerable.Range(0, depth).Select(i => new BlockOptions(width, width / 4, i == 0 ? stride : 1));

    private static CpcV2Options Method(PatchGridOptions encoder) => new()
    {
        Encoder = encoder,
        Augmentation = PatchAugmentation.None with { FlipImage = 0.5 },
    };

    private static InputFormat Input(int side, int channels) => new(side, side, channels)
    {
        Mean = [.. Enumerable.Repeat(0.5, channels)],
        Std = [.. Enumerable.Repeat(0.25, channels)],
    };

    private static Benchmark Create(string name, string measures, InputFormat fit, CpcV2Options method, int batchSize)
    {
        var training = Endless(batchSize);
        HeldImages Images() => MadeImages.Draw(Count, fit.Height, fit.Width, fit.Channels);
        return new(name, measures,
            folder =>
            {
                Exchange.WriteNetwork(folder, fit, method, training);
                Exchange.WriteImages(folder, Images(), fit);
            },
            Benchmark.AgainstBaselines("train",
                (folder, compute) => new TrainingWork(folder, fit, method, training, Images(), Loading(fit, batchSize), compute),
                multiplies: true))
        {
            Arithmetic = TrainingArithmetic.PerImage(fit, method, batchSize),
        };
    }

    /// <summary>A budget that no measurement reaches, and nothing written while a measurement is timed.</summary>
    public static TrainingOptions Endless(int batchSize) =>
        new() { Budget = new(Images: 1L << 40), BatchSize = batchSize, LogEvery = 1, CheckpointSeconds = 1e6 };

    public static LoaderOptions Loading(InputFormat fit, int batchSize) =>
        new() { BatchSize = batchSize, Threads = Torch.Engine.Threads, Input = fit };
}
