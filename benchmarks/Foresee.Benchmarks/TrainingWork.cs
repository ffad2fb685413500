using Foresee.Augmentation;
using Foresee.Images;
using Foresee.Methods;
using Foresee.Torch;
using Foresee.Torch.Files;
using Foresee.Torch.Optimisers;
using Foresee.Training;

namespace Foresee.Benchmarks;

/// <summary>Training as users start it: the <see cref="Trainer"/> on a loader, every step logged.</summary>
internal sealed class TrainingWork : IWork
{
    private readonly CpcV2Options options;
    private readonly IImageSource images;
    private readonly string folder;
    private readonly int batchSize;
    private readonly CpcV2 method;
    private readonly ImageLoader loader;
    private readonly Trainer trainer;
    private Action step = () => { };

    /// <param name="folder">Of <see cref="Exchange"/>.</param>
    public TrainingWork(
        string folder, CpcV2Options options, TrainingOptions training, IImageSource images, LoaderOptions loading, DType compute)
    {
        (this.folder, this.options, this.images, batchSize) = (folder, options, images, training.BatchSize);
        method = Fresh(options, compute);
        loader = new(images, loading);
        var place = Directory.CreateDirectory(Path.Combine(folder, $"run.{Environment.ProcessId}")).FullName;
        trainer = new(method, loader, training, "bench", place, Device.Cpu) { OnStep = _ => step() };
    }

    /// <summary>Loss and norm of the whole gradient, of the first images as they are, before any training, in f32 on either side.</summary>
    public double[] Check()
    {
        using var scope = TensorScope.Begin();
        using var unchanged = Fresh(options with { Augmentation = PatchAugmentation.None }, DType.Float32);
        using var generator = new Generator(0);
        var first = Evaluation.ImageTensors.Read(images, [.. Enumerable.Range(0, batchSize)], loader.Input);
        var loss = unchanged.Loss(unchanged.Augment(first, generator)).Total;
        loss.Backward();
        return [loss.ToDouble(), GradientNorm.Clip(unchanged.Network.Parameters(), double.PositiveInfinity)];
    }

    public Measurement Measure(double seconds)
    {
        using var end = new CancellationTokenSource();
        var clock = new MeasurementClock(seconds, () => loader.WaitingSeconds);
        step = () =>
        {
            if (clock.Ends(batchSize)) end.Cancel();
        };
        trainer.Run(end.Token);
        return clock.Measurement ?? throw new InvalidOperationException("Training ended before its measurement did.");
    }

    private CpcV2 Fresh(CpcV2Options options, DType compute)
    {
        using var generator = new Generator(0);
        using var weights = Safetensors.Read(Path.Combine(folder, Exchange.Weights));
        var fresh = new CpcV2(options, generator, Device.Cpu, compute);
        fresh.Network.Load(weights.Tensors);
        return fresh;
    }

    public void Dispose()
    {
        trainer.Dispose();
        loader.Dispose();
        method.Dispose();
    }
}
