// What changing every 80-px RGB patch of a 6 x 6 grid costs: flip, shift, rotation, shear, colour jitter, colour drop.
//   dotnet run -c Release --project benchmarks/PatchAugmentation            beside torchvision (patch_augmentation.py), in turn
//   dotnet run -c Release --project benchmarks/PatchAugmentation parts [NAME]    what each costs
using System.Diagnostics;
using System.Globalization;
using Foresee.Augmentation;
using Foresee.Patches;
using Foresee.Torch;

const int Batch = 8, Rounds = 3, Images = 480, PeerImages = 48;
var grid = new GridGeometry(260, 260, 80, 36);
var asked = PatchAugmentation.None with
{
    FlipPatch = 0.5,
    Rotation = 30,
    Shift = 0.1,
    Shear = 0.2,
    Brightness = 0.4,
    Contrast = 0.4,
    Saturation = 0.4,
    Hue = 0.1,
    ColourDrop = 1,
    Range = ValueRange.Unit,
};
Engine.KeepMemory();
var cores = Environment.ProcessorCount;
Engine.Threads = cores;
using var generator = new Generator(0);
using var images = Tensor.RandInt(0, 256, [Batch, 3, grid.Height, grid.Width], generator).To(DType.UInt8);

if (args is ["parts", ..])
{
    Report("cut only", PatchAugmentation.None);
    Report("flip", PatchAugmentation.None with { FlipPatch = 0.5 });
    Report("rotation", PatchAugmentation.None with { Rotation = 30 });
    Report("rotation, shear, shift, flip", PatchAugmentation.None with { FlipPatch = 0.5, Rotation = 30, Shear = 0.2, Shift = 0.1 });
    Report("elastic and shear", PatchAugmentation.None with { Deformation = 1 });
    Report("brightness", PatchAugmentation.None with { Brightness = 0.4, Range = ValueRange.Unit });
    Report("contrast", PatchAugmentation.None with { Contrast = 0.4, Range = ValueRange.Unit });
    Report("saturation", PatchAugmentation.None with { Saturation = 0.4, Range = ValueRange.Unit });
    Report("hue", PatchAugmentation.None with { Hue = 0.1, Range = ValueRange.Unit });
    Report("colour drop", PatchAugmentation.None with { ColourDrop = 1 });
    Report("colour histogram", PatchAugmentation.None with { ColourHistogram = 1 });
    Report("sharpness", PatchAugmentation.None with { Sharpness = 0.9 });
    Report("blur", PatchAugmentation.None with { Blur = 1 });
    Report("gamma", PatchAugmentation.None with { Gamma = 0.5 });
    Report("noise", PatchAugmentation.None with { Noise = 0.1 });
    Report("two of AutoAugment's", PatchAugmentation.None with { Primitives = 2, Range = ValueRange.Unit });
    Report("published", PatchAugmentation.Published);
    Report("all that is compared", asked);
    return;
}

var ratios = new List<(double Wall, double Processor)>();
for (var round = 0; round < Rounds; round++)
{
    var ours = Measure(asked, Images);
    var peer = Peer();
    ratios.Add((ours.Rate / peer.Rate, peer.Processor / ours.Processor));
    Console.WriteLine($"round {round + 1}: Foresee {ours.Rate,7:F1} images/s, {ours.Processor,6:F2} ms of processor an image;   torchvision {peer.Rate,6:F2} images/s, {peer.Processor,6:F1} ms;   ratio {ratios[^1].Wall:F1} by the clock, {ratios[^1].Processor:F1} by processor time");
}
Console.WriteLine($"ratio by the clock {ratios.Min(r => r.Wall):F1} .. {ratios.Max(r => r.Wall):F1}, by processor time {ratios.Min(r => r.Processor):F1} .. {ratios.Max(r => r.Processor):F1}; {cores} threads against {cores} workers");

(double Rate, double Processor) Measure(PatchAugmentation augmentation, int count)
{
    var cutter = new PatchCutter(augmentation, grid, 3, [0.5, 0.5, 0.5], [0.25, 0.25, 0.25]);
    for (var warm = Stopwatch.StartNew(); warm.Elapsed.TotalSeconds < 1;) cutter.Cut(images, generator).Dispose(); // until it is compiled for good
    var (clock, processor) = (Stopwatch.StartNew(), Environment.CpuUsage.TotalTime);
    for (var i = 0; i < count / Batch; i++) cutter.Cut(images, generator).Dispose();
    return (count / clock.Elapsed.TotalSeconds, (Environment.CpuUsage.TotalTime - processor).TotalMilliseconds / count);
}

(double Rate, double Processor) Peer()
{
    var script = Path.Combine(AppContext.BaseDirectory, "../../../patch_augmentation.py");
    using var process = Process.Start(new ProcessStartInfo("/usr/bin/python3", [script, $"{PeerImages}", $"{cores}"]) { RedirectStandardOutput = true })!;
    var answer = process.StandardOutput.ReadToEnd().Split(' ');
    process.WaitForExit();
    return (double.Parse(answer[0], CultureInfo.InvariantCulture), double.Parse(answer[1], CultureInfo.InvariantCulture));
}

void Report(string what, PatchAugmentation augmentation)
{
    if (args.Length > 1 && !what.Contains(args[1], StringComparison.Ordinal)) return;
    var best = Enumerable.Range(0, 5).Min(_ => Measure(augmentation, 64).Processor);
    Console.WriteLine($"{what,-30} {best / grid.Positions * 1000,7:F1} µs of processor a patch");
}
