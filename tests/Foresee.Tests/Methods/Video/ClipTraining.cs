using Foresee.Encoders;
using Foresee.Images;
using Foresee.Images.Clips;
using Foresee.Methods;
using Foresee.Methods.Video;
using Foresee.Tests.Images;
using Foresee.Torch;
using Foresee.Torch.Optimisers;
using Foresee.Training;

namespace Foresee.Tests.Methods.Video;

/// <summary>A short training on made clips, and small networks for them.</summary>
internal static class ClipTraining
{
    public static InputFormat Input => MethodFixtures.Input;

    public static ConvEncoderOptions Encoder { get; } = new(8, [1, 1, 1], ResidualOrder.PreActivation, ConvStem.Small);

    public static MethodContext Context(Generator generator, params int[] clips) => new(Input, generator, Device.Cpu) { Clips = clips };

    /// <summary>[B, T·C, h, w] of windows that begin with a clip's first frame.</summary>
    public static ImageBatch Batch(int frames, params ReadOnlySpan<MadeClips.Scene> scenes)
    {
        var bytes = new List<byte>();
        foreach (var (i, scene) in scenes.ToArray().Index())
            for (var t = 0; t < frames; t++)
            {
                var planes = new byte[scene.Side * scene.Side * 3];
                MadeClips.Frame(scene, i, t).CopyPlanes(planes);
                bytes.AddRange(planes);
            }
        return new([.. bytes], new(scenes[0].Side, scenes[0].Side, 3, frames), [.. Enumerable.Range(0, scenes.Length)]);
    }

    /// <summary>A clip in which nothing moves.</summary>
    public static MadeClips.Scene Still { get; } = new(32, 10, (8, 8), (0, 0), (0, 0));

    public static IReadOnlyList<StepRecord> Run(ClipOptions options, int clips, int frames, int steps, double rate = 3e-3)
    {
        const int Batch = 16;
        using var scratch = new Scratch();
        MadeClips.Write(scratch.At("clips/"), clips, frames);
        var source = ClipSources.Open(scratch.At("clips"));
        using var generator = new Generator(1);
        using var method = options.Build(Context(generator) with { Images = source.Count, Clips = source.Clips });
        using var loader = new ImageLoader(source, new() { BatchSize = Batch, Seed = 1, Input = Input with { Frames = options.Frames } });
        var training = new TrainingOptions
        {
            Budget = new(Images: (long)steps * Batch),
            BatchSize = Batch,
            Optimiser = new(OptimiserKind.Adam, rate),
            WarmUpSteps = 3,
            LogEvery = 1,
            Seed = 1,
        };
        var log = new List<StepRecord>();
        using var trainer = new Trainer(method, loader, training, "test", scratch.At("run/"), Device.Cpu, threads: 2) { OnStep = log.Add };
        Assert.True(trainer.Run(default));
        Assert.Empty(loader.Skipped);
        return log;
    }

    /// <summary>Mean over the last steps.</summary>
    public static double Last(this IReadOnlyList<StepRecord> log, Func<StepRecord, double> of) => log.TakeLast(15).Average(of);

    public static double Metric(this StepRecord step, string name) => step.Metrics.Single(metric => metric.Name == name).Value;
}
