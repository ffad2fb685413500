using System.CommandLine;
using System.Diagnostics;
using Foresee.Augmentation;
using Foresee.Cli;
using Foresee.Patches;
using Foresee.Torch;

namespace Foresee.Benchmarks;

/// <summary>
/// benchmarks/run patch-augmentation: what each change costs of an 80-px RGB patch of a 6 x 6 grid, beyond cutting it out.
/// benchmarks/run augmentation compares all of them together with torchvision.
/// </summary>
internal static class PatchAugmentationCost
{
    private const int Batch = 8, Images = 64, Rounds = 5;
    private static readonly GridGeometry grid = new(260, 260, 80, 36);
    private static readonly PatchAugmentation none = PatchAugmentation.None with { Range = ValueRange.Unit };

    private static readonly (string Name, PatchAugmentation Change)[] changes =
    [
        ("cut", none),
        ("flip", none with { FlipPatch = 0.5 }),
        ("rotation", none with { Rotation = 30 }),
        ("flip, rotation, shear, shift", none with { FlipPatch = 0.5, Rotation = 30, Shear = 0.2, Shift = 0.1 }),
        ("elastic and shear", none with { Deformation = 1 }),
        ("brightness", none with { Brightness = 0.4 }),
        ("contrast", none with { Contrast = 0.4 }),
        ("saturation", none with { Saturation = 0.4 }),
        ("hue", none with { Hue = 0.1 }),
        ("colour drop", none with { ColourDrop = 1 }),
        ("colour histogram", none with { ColourHistogram = 1 }),
        ("sharpness", none with { Sharpness = 0.9 }),
        ("blur", none with { Blur = 1 }),
        ("gamma", none with { Gamma = 0.5 }),
        ("noise", none with { Noise = 0.1 }),
        ("two of AutoAugment's", none with { Primitives = 2 }),
        ("published", PatchAugmentation.Published),
    ];

    public static Command Command(Terminal terminal)
    {
        var part = new Argument<string>("PART") { Description = "a part of a change's name", DefaultValueFactory = _ => "" };
        var command = new Command("patch-augmentation", "Measures what each change of a patch costs") { part };
        command.SetAction(parsed => Run(terminal, parsed.GetValue(part)!));
        return command;
    }

    private static void Run(Terminal terminal, string part)
    {
        Engine.KeepMallocMemory();
        using var generator = new Generator(0);
        using var images = Tensor.RandInt(0, 256, [Batch, 3, grid.Height, grid.Width], generator).To(DType.UInt8);
        foreach (var (name, change) in changes.Where(change => change.Name.Contains(part, StringComparison.Ordinal)))
        {
            var cutter = new PatchCutter(change, grid, new(grid.Height, grid.Width, 3));
            void Cut() => cutter.Cut(images, generator).Dispose();
            for (var warm = Stopwatch.StartNew(); warm.Elapsed.TotalSeconds < 1;) Cut(); // until it is compiled for good
            terminal.Line($"{name,-30} {Enumerable.Range(0, Rounds).Min(_ => Cost(Cut)),7:F1} µs of processor a patch");
        }
    }

    private static double Cost(Action cut)
    {
        var start = Environment.CpuUsage.TotalTime; // processor time: what else runs on the machine counts little
        for (var i = 0; i < Images / Batch; i++) cut();
        return (Environment.CpuUsage.TotalTime - start).TotalMicroseconds / (Images * grid.Positions);
    }
}
