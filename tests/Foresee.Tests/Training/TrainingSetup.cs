using Foresee.Encoders;
using Foresee.Images;
using Foresee.Methods.Cpc;
using Foresee.Tests.Methods.Cpc;
using Foresee.Torch;
using Foresee.Torch.Optimisers;
using Foresee.Training;

namespace Foresee.Tests.Training;

/// <summary>A small CPC v2 on 30 images of seeded noise.</summary>
internal sealed class TrainingSetup : IDisposable
{
    private readonly CpcV2 method;
    private readonly ImageLoader loader;

    public TrainingSetup(string folder, TrainingOptions options, Action<StepRecord>? onStep = null, CpcV2Options? cpc = null,
        Func<ProbeResult>? probe = null, int threads = 2, TimeProvider? time = null)
    {
        using var generator = new Generator((ulong)options.Seed);
        method = new(cpc ?? CpcV2Tests.Small, new(CpcV2Tests.Input, generator, Device.Cpu));
        loader = new(new NoiseImages(30), new() { BatchSize = options.BatchSize, Seed = options.Seed, Input = new(28, 28, 1) });
        Trainer = new(method, loader, options, "test", folder, Device.Cpu, threads)
        {
            OnStep = onStep,
            Probe = probe,
            Time = time ?? TimeProvider.System,
        };
    }

    public static TrainingOptions Options(long images) => new()
    {
        Budget = new(Images: images),
        BatchSize = 4,
        Optimiser = new(OptimiserKind.AdamW, 1e-3),
        WarmUpSteps = 5,
        MaximumGradientNorm = 1,
        AverageDecay = 0.9,
        LogEvery = 1,
        Seed = 3,
    };

    public Trainer Trainer { get; }
    public CpcV2 Method => method;

    public void Dispose()
    {
        Trainer.Dispose();
        loader.Dispose();
        method.Dispose();
    }
}

/// <summary>Seeded noise, 28 x 28, grey.</summary>
internal sealed class NoiseImages(int count) : IImageSource
{
    public string Name => "noise";
    public int Count => count;
    public string Describe(int index) => $"noise[{index}]";
    public string Hash(CancellationToken cancel = default) => $"noise of {count}";
    public bool Holds(InputFormat fit) => true;
    public Image Read(int index, InputFormat fit) => Read(index);

    public Image Read(int index)
    {
        var pixels = new byte[28 * 28];
        new Random(index).NextBytes(pixels);
        return new(28, 28, 1, pixels);
    }
}
