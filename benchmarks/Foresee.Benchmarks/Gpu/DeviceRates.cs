using System.Diagnostics;
using Foresee.Benchmarks.Scale;
using Foresee.Encoders;
using Foresee.Images;
using Foresee.Methods;
using Foresee.Torch;
using Foresee.Torch.Optimisers;
using Foresee.Training;

namespace Foresee.Benchmarks.Gpu;

/// <summary>Steps of one training on views that already lie on the device: forward, backward, update.</summary>
/// <param name="Case">benchmarks/gpu/peer.py has the same names.</param>
/// <param name="Tflops">Floating-point operations of the network's products, in 1e12 a second.</param>
internal sealed record DeviceRate(string Case, int Batch, int Steps, double ImagesPerSecond, double Tflops);

internal static class DeviceRates
{
    private const int WarmUp = 3;

    /// <summary>Those of the real thing; a dry run has the first one alone, tiny.</summary>
    public static IEnumerable<DeviceRate> Of(Device device, DType compute, double seconds, bool tiny)
    {
        yield return SimClr("simclr-resnet18-32", input => ConvEncoderOptions.ResNet18(input), 32, tiny ? 4 : 512, device, compute,
            seconds);
        if (tiny) yield break;
        yield return SimClr("simclr-resnet50-224", input => ConvEncoderOptions.ResNet50(input), 224, 64, device, compute, seconds);
        var published = PaperCases.CpcV2;
        yield return Measure("cpc-v2-resnet161-260", published.Method, published.Input, published.Work, 16, device, compute, seconds);
    }

    private static DeviceRate SimClr(string name, Func<InputFormat, ConvEncoderOptions> encoder, int side, int batch, Device device,
        DType compute, double seconds)
    {
        var input = new InputFormat(side, side, 3);
        var method = new SimClrOptions(encoder(input));
        return Measure(name, method, input, new(name, batch, Networks.Of(method, input)) { Views = 2 }, batch, device, compute, seconds);
    }

    private static DeviceRate Measure(string name, MethodOptions options, InputFormat input, Workload work, int batch, Device device,
        DType compute, double seconds)
    {
        using var scope = TensorScope.Begin();
        using var generator = new Generator(0);
        using var method = options.Build(new(input, generator, device, compute, Engine.Threads));
        method.Network.Train();
        using var phase = new PhaseTraining(method.Phases[0], method, new()
        {
            BatchSize = batch,
            Budget = new(Epochs: 1),
            Optimiser = new(OptimiserKind.Sgd, 1e-3),
        }, device, Engine.Threads, BatchShare.Whole);
        var pixels = new byte[batch * input.Bytes];
        new Random(0).NextBytes(pixels);
        using var images = new ImageBatch(pixels, input, [.. Enumerable.Range(0, batch)]);
        var inputs = method.Prepare(images, generator);
        var (clock, steps) = (new Stopwatch(), 0);
        for (var step = 0; clock.Elapsed.TotalSeconds < seconds; step++)
        {
            if (step == WarmUp) clock.Start();
            using (TensorScope.Begin()) phase.Step(inputs, 1e-3, log: false, _ => { }); // reads the loss, so it waits for the device
            if (step >= WarmUp) steps++;
        }
        var rate = batch * steps / clock.Elapsed.TotalSeconds;
        return new(name, batch, steps, rate, 1e-12 * rate * work.Operations / work.Images);
    }

    /// <summary>Floating-point operations of large products alone, in 1e12 a second.</summary>
    public static double Products(Device device, DType type, bool tiny)
    {
        long side = tiny ? 256 : 8192;
        const int Times = 20;
        using var scope = TensorScope.Begin();
        using var noGrad = Autograd.NoGrad();
        using var generator = new Generator(0);
        var a = Tensor.RandN([side, side], generator).To(device).To(type);
        Tensor? last = null;
        var clock = new Stopwatch();
        for (var i = 0; i <= Times; i++)
        {
            last?.Dispose();
            last = a.MatMul(a);
            if (i > 0) continue;
            last.Select(0, 0).Select(0, 0).ToDouble(); // waits for the first, which sets libraries up
            clock.Start();
        }
        last!.Select(0, 0).Select(0, 0).ToDouble();
        return 2e-12 * Math.Pow(side, 3) * Times / clock.Elapsed.TotalSeconds;
    }
}
