// One training step of CPC v2 as published, with its ResNet-161: 260 px, 6 x 6 patches of 80 px at stride 36, four directions, Adam.
//   dotnet run -c Release --project benchmarks/LargestEncoder [IMAGES [keep]]
// IMAGES: per step (2). keep: keeps all activations, for comparison; else each block is computed again in the backward pass.
using System.Diagnostics;
using System.Globalization;
using Foresee.Augmentation;
using Foresee.Encoders;
using Foresee.Methods;
using Foresee.Reports;
using Foresee.Torch;
using Foresee.Torch.Optimisers;

var batch = 2;
if ((args.Length > 0 && (!int.TryParse(args[0], NumberStyles.None, CultureInfo.InvariantCulture, out batch) || batch < 1)) || args.Length > 2 || (args.Length == 2 && args[1] != "keep"))
{
    Console.Error.WriteLine($"error: expected nothing, or IMAGES (a number from 1 up) and perhaps keep, got '{string.Join(' ', args)}'");
    return 2;
}
var activations = args.Contains("keep") ? Activations.Keep : Activations.Recompute;
var options = new CpcV2Options
{
    Grid = new(Height: 260, Width: 260, Patch: 80, Stride: 36),
    Encoder = ResNet.Of161(channels: 3, patch: 80) with { Activations = activations },
    Augmentation = PatchAugmentation.Published,
    Offsets = [3, 4, 5],
    ContextBottleneckWidth = 256,
    ContextDepth = 5,
    Mean = [0.485, 0.456, 0.406],
    Std = [0.229, 0.224, 0.225],
};
using var generator = new Generator(0);
using var method = new CpcV2(options, generator, Device.Cpu);
using var optimiser = new Adam(method.Network.Parameters(), 4e-4, beta1: 0.8);
var parameters = method.Network.Parameters().Sum(p => p.Value.Shape.Aggregate(1L, (a, b) => a * b));
Console.WriteLine(FormattableString.Invariant($"{options.Encoder.ConvolutionWeights() / 1e6:0.0} M convolution weights in the encoder, {parameters / 1e6:0.0} M parameters in all; {batch} images of {options.Grid}; activations: {activations}"));
Report("built");

using var images = Tensor.RandInt(0, 256, [batch, 3, 260, 260], generator).To(DType.UInt8);
using (TensorScope.Begin())
{
    var clock = Stopwatch.StartNew();
    var augmented = method.Augment(images, generator);
    var loss = method.Loss(augmented);
    Report(FormattableString.Invariant($"forward, {clock.Elapsed.TotalSeconds:0} s, loss {loss.Terms.Average(t => t.Loss.ToDouble()):0.000} (chance {Math.Log(loss.Terms[0].Candidates):0.000})"));
    loss.Total.Backward();
    Report(FormattableString.Invariant($"backward, {clock.Elapsed.TotalSeconds:0} s"));
    optimiser.Step();
    Report(FormattableString.Invariant($"optimiser, {clock.Elapsed.TotalSeconds:0} s"));
}

return 0;

void Report(string what) => Console.WriteLine(FormattableString.Invariant($"{what}: peak memory {PeakMemory.Mebibytes():N0} MiB"));
