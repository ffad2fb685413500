using Foresee.Augmentation;
using Foresee.Images;
using Foresee.Patches;
using Foresee.Torch;
using Foresee.Torch.Files;

namespace Foresee.Benchmarks;

/// <summary>Images in memory to changed patches: the sizes and the kinds of change of Hénaff et al. 2020, each patch by itself.</summary>
internal sealed class AugmentationWork(string folder) : IWork
{
    private const int Count = 64, BatchSize = 8;
    private static readonly GridGeometry grid = new(260, 260, 80, 36);

    private static readonly PatchAugmentation augmentation = PatchAugmentation.None with
    {
        Translation = 4,
        FlipPatch = 0.5,
        Rotation = 15,
        Shear = 0.15,
        Brightness = 0.4,
        Contrast = 0.4,
        Saturation = 0.4,
        Hue = 0.1,
        ColourDrop = 0.25,
        Range = ValueRange.Unit, // as PIL
    };

    private readonly SafetensorsContent file = Safetensors.Read(Path.Combine(folder, Exchange.Images));
    private readonly Generator generator = new(0);
    private readonly PatchCutter cutter = new(augmentation, grid, new(grid.Height, grid.Width, Channels: 3));

    public static Benchmark Benchmark(string name) => new(name,
        "flip, translation, rotation, shear, colour jitter and colour drop of each of 6 x 6 patches of 80 px, 260 x 260 colour images in "
            + "memory",
        Prepare, Benchmarks.Benchmark.AgainstBaselines("augment", (folder, _) => new AugmentationWork(folder)))
    { Rounds = 3 };

    private static void Prepare(string folder)
    {
        var images = MadeImages.Draw(Count, grid.Height, grid.Width, channels: 3);
        Exchange.WriteImages(folder, images, new InputFormat(grid.Height, grid.Width, 3));
        Exchange.Write(folder, "augmentation.json", new
        {
            grid.Patch,
            grid.Stride,
            Batch = BatchSize,
            augmentation.Translation,
            Flip = augmentation.FlipPatch,
            augmentation.Rotation,
            Shear = double.RadiansToDegrees(Math.Atan(augmentation.Shear)),
            augmentation.Brightness,
            augmentation.Contrast,
            augmentation.Saturation,
            augmentation.Hue,
            augmentation.ColourDrop,
        });
    }

    /// <summary>Mean of each patch of the first image, unchanged: that both cut alike.</summary>
    public double[] Check()
    {
        using var scope = TensorScope.Begin();
        return new PatchCutter(PatchAugmentation.None, grid, new(grid.Height, grid.Width, Channels: 3))
            .Cut(file.Tensors["images"].Narrow(0, 0, 1), generator).Mean([1, 2, 3]).ToArray<double>();
    }

    public Measurement Measure(double seconds) => Measurement.Of(Steps(), seconds);

    private IEnumerable<int> Steps()
    {
        while (true)
            foreach (var batch in file.Tensors["images"].Split(BatchSize))
                using (batch)
                {
                    cutter.Cut(batch, generator).Dispose();
                    yield return BatchSize;
                }
    }

    public void Dispose()
    {
        file.Dispose();
        generator.Dispose();
    }
}
