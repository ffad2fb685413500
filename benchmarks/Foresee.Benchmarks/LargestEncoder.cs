using System.CommandLine;
using System.Diagnostics;
using Foresee.Augmentation;
using Foresee.Cli;
using Foresee.Encoders;
using Foresee.Images;
using Foresee.Methods.Cpc;
using Foresee.Reports;
using Foresee.Torch;
using Foresee.Torch.Optimisers;

namespace Foresee.Benchmarks;

/// <summary>
/// benchmarks/run largest-encoder: one training step of CPC v2 as published, with its ResNet-161: 260 px, 6 x 6 patches of 80 px at
/// stride 36, four directions, Adam.
/// </summary>
internal static class LargestEncoder
{
    public static Command Command(Terminal terminal)
    {
        var images = Dial.Whole("--images", "images in the step (default: 2)", least: 1);
        var keep = new Option<bool>("--keep")
        {
            Description = "keep all activations, for comparison; else each block is computed again in the backward pass"
        };
        var command = new Command("largest-encoder", "Measures memory and time of one step of the largest published encoder") { images,
            keep };
        command.SetAction(parsed => Run(terminal, parsed.GetValue(images) ?? 2, parsed.GetValue(keep)
            ? Activations.Keep
            : Activations.Recompute));
        return command;
    }

    private static CpcV2Options Options(Activations activations) => new()
    {
        Encoder = new(Patch: 80, Stride: 36, ResNet.Of161(channels: 3, patch: 80) with { Activations = activations }),
        Augmentation = PatchAugmentation.Published,
        Offsets = [3, 4, 5],
        ContextBottleneckWidth = 256,
        ContextDepth = 5,
    };

    private static InputFormat Input { get; } = new(260, 260, 3) { Mean = [0.485, 0.456, 0.406], Std = [0.229, 0.224, 0.225] };

    private static void Run(Terminal terminal, int batch, Activations activations)
    {
        var options = Options(activations);
        using var generator = new Generator(0);
        using var method = new CpcV2(options, new(Input, generator, Device.Cpu, Threads: Environment.ProcessorCount));
        using var optimiser = new Adam(method.Network.Parameters(), 4e-4, beta1: 0.8);
        var parameters = method.Network.Parameters().Sum(p => p.Value.Elements);
        terminal.Line(FormattableString.Invariant($"{options.Encoder.Network.ConvolutionWeights() / 1e6:0.0} M convolution weights in the encoder, ")
            + FormattableString.Invariant($"{parameters / 1e6:0.0} M parameters in all; {batch} images of {options.Encoder.Grid(Input)}; activations: {activations}"));
        Report(terminal, "built");

        using var scope = TensorScope.Begin();
        using var images = new ImageBatch(Tensor.RandInt(0, 256, [batch, 3, 260, 260], generator).To(DType.UInt8).ToArray<byte>(),
            Input, [.. Enumerable.Range(0, batch)]);
        var clock = Stopwatch.StartNew();
        var loss = method.Loss(method.Prepare(images, generator));
        var (mean, chance) = (loss.Total.ToDouble(), loss.ChanceLevel);
        Report(terminal,
            FormattableString.Invariant($"forward, {clock.Elapsed.TotalSeconds:0} s, loss {mean:0.000} (chance {chance:0.000})"));
        loss.Total.Backward();
        Report(terminal, FormattableString.Invariant($"backward, {clock.Elapsed.TotalSeconds:0} s"));
        optimiser.Step();
        Report(terminal, FormattableString.Invariant($"optimiser, {clock.Elapsed.TotalSeconds:0} s"));
    }

    private static void Report(Terminal terminal, string what) =>
        terminal.Line(FormattableString.Invariant($"{what}: peak memory {PeakMemory.Mebibytes():N0} MiB"));
}
