using Foresee.Augmentation;
using Foresee.Encoders;
using Foresee.Images;
using Foresee.Methods;
using Foresee.Methods.Cpc;
using Foresee.Torch;
using Foresee.Torch.Files;
using Foresee.Torch.Optimisers;
using Foresee.Training;

namespace Foresee.Benchmarks;

/// <summary>Training as users start it: the <see cref="Trainer"/> on a loader, every step logged.</summary>
internal sealed class TrainingWork : IWork
{
    private readonly InputFormat input;
    private readonly CpcV2Options options;
    private readonly IImageSource images;
    private readonly string folder;
    private readonly int batchSize;
    private readonly CpcV2 method;
    private readonly ImageLoader loader;
    private readonly Trainer trainer;
    private Action step = () => { };

    /// <param name="folder">Of <see cref="Exchange"/>.</param>
    public TrainingWork(string folder, InputFormat input, CpcV2Options options, TrainingOptions training, IImageSource images,
        LoaderOptions loading, DType compute)
    {
        (this.folder, this.input, this.options, this.images, batchSize) = (folder, input, options, images, training.BatchSize);
        method = Fresh(options, compute);
        loader = new(images, loading);
        var place = Directory.CreateDirectory(Path.Combine(folder, $"run.{Environment.ProcessId}")).FullName;
        trainer = new(method, loader, training, "bench", place, Device.Cpu, loading.Threads) { OnStep = _ => step() };
    }

    /// <summary>Loss and norm of the whole gradient, of the first images as they are, before any training, in f32 on either side.</summary>
    public double[] Check()
    {
        using var scope = TensorScope.Begin();
        using var unchanged = Fresh(options with { Augmentation = PatchAugmentation.None }, DType.Float32);
        using var generator = new Generator(0);
        int[] indices = [.. Enumerable.Range(0, batchSize)];
        using var first = new ImageBatch(ImageTensors.Read(images, indices, loader.Input).ToArray<byte>(), loader.Input, indices);
        var gradients = new Gradients(((IMethod)unchanged).Phases[0], unchanged.IndependentImages, batchSize, Device.Cpu, Engine.Threads);
        return [gradients.Compute(unchanged.Prepare(first, generator), metrics: false).Total,
            GradientNorm.Clip(unchanged.Network.Parameters(), double.PositiveInfinity)];
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
        var fresh = new CpcV2(options, new(input, generator, Device.Cpu, compute, Engine.Threads));
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
