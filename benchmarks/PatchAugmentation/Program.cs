// What each change costs of an 80-px RGB patch of a 6 x 6 grid, beyond cutting it out.
//   dotnet run -c Release --project benchmarks/PatchAugmentation [NAME]
// The whole, beside torchvision: ./foresee bench augmentation
using System.Diagnostics;
using Foresee.Augmentation;
using Foresee.Patches;
using Foresee.Torch;

const int Batch = 8, Images = 64, Rounds = 5;
var grid = new GridGeometry(260, 260, 80, 36);
var none = PatchAugmentation.None with { Range = ValueRange.Unit };
Engine.KeepMallocMemory();
using var generator = new Generator(0);
using var images = Tensor.RandInt(0, 256, [Batch, 3, grid.Height, grid.Width], generator).To(DType.UInt8);

Report("cut", none);
Report("flip", none with { FlipPatch = 0.5 });
Report("rotation", none with { Rotation = 30 });
Report("flip, rotation, shear, shift", none with { FlipPatch = 0.5, Rotation = 30, Shear = 0.2, Shift = 0.1 });
Report("elastic and shear", none with { Deformation = 1 });
Report("brightness", none with { Brightness = 0.4 });
Report("contrast", none with { Contrast = 0.4 });
Report("saturation", none with { Saturation = 0.4 });
Report("hue", none with { Hue = 0.1 });
Report("colour drop", none with { ColourDrop = 1 });
Report("colour histogram", none with { ColourHistogram = 1 });
Report("sharpness", none with { Sharpness = 0.9 });
Report("blur", none with { Blur = 1 });
Report("gamma", none with { Gamma = 0.5 });
Report("noise", none with { Noise = 0.1 });
Report("two of AutoAugment's", none with { Primitives = 2 });
Report("published", PatchAugmentation.Published);

void Report(string what, PatchAugmentation augmentation)
{
    if (args.Length > 0 && !what.Contains(args[0], StringComparison.Ordinal)) return;
    var cutter = new PatchCutter(augmentation, grid, channels: 3);
    for (var warm = Stopwatch.StartNew(); warm.Elapsed.TotalSeconds < 1;) cutter.Cut(images, generator).Dispose(); // until it is compiled for good
    var best = Enumerable.Range(0, Rounds).Min(_ =>
    {
        var start = Environment.CpuUsage.TotalTime; // processor time: what else runs on the machine counts little
        for (var i = 0; i < Images / Batch; i++) cutter.Cut(images, generator).Dispose();
        return (Environment.CpuUsage.TotalTime - start).TotalMicroseconds / (Images * grid.Positions);
    });
    Console.WriteLine($"{what,-30} {best,7:F1} µs of processor a patch");
}
