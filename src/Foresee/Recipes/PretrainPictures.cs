using Foresee.Images;
using Foresee.Patches;
using Foresee.Reports;
using Foresee.Torch;

namespace Foresee.Recipes;

/// <summary>What a pretraining looks like: PNG files in its folder, which reports take in. Drawn with chance of their own, so the run is the same without them.</summary>
public static class PretrainPictures
{
    public const string AugmentationFile = "augmentation.png", UntrainedFile = "retrievals-untrained.png", RetrievalFile = "retrievals.png";
    private const int FirstImages = 6, Width = 1800;

    /// <summary>Of so many channels those that a picture shows, the first.</summary>
    internal static int Shown(int channels) => channels < 3 ? 1 : 3;

    /// <summary>The patches of the run's first images, as cut and as augmented.</summary>
    internal static void WriteAugmentation(PretrainOptions options, IImageSource images, string folder)
    {
        using var scope = TensorScope.Begin();
        using var generator = new Generator((ulong)options.Training.Seed);
        using var loader = new ImageLoader(images, options.Loading() with { BatchSize = Math.Min(FirstImages, images.Count), Prefetch = 1, CacheBytes = 0 });
        using var batch = loader.Batches().First();
        var grid = options.Method.Grid;
        var above = PatchGrid.Extract(PatchGrid.Centre(batch.Pixels.To(DType.Float32) / 255, grid), grid); // [B·H·W, C, p, p]
        var cutter = new PatchCutter(options.Method.Augmentation, grid, options.Method.Encoder.Channels);
        var below = cutter.Cut(batch.Pixels, generator);                                                // [B·H·W, C, p, p]
        var mosaic = new PatchMosaic(2 * grid.Rows + 1, batch.Count * (grid.Columns + 1) - 1, grid.Patch, Shown(options.Method.Encoder.Channels));
        foreach (var (patches, top) in new[] { (above, 0), (below, grid.Rows + 1) })
            for (var i = 0; i < batch.Count * grid.Positions; i++)
            {
                var (image, row, column) = (i / grid.Positions, i % grid.Positions / grid.Columns, i % grid.Columns);
                mosaic.Put(top + row, image * (grid.Columns + 1) + column, Values(patches, i));
            }
        Write(Path.Combine(folder, AugmentationFile), mosaic);
    }

    /// <summary>Those of a run's folder that are there.</summary>
    public static IReadOnlyList<ReportPicture> Read(string folder)
    {
        (string File, string Caption, string Alternative)[] known =
        [
            (AugmentationFile, "What the network is given: above the patches of six images as cut, below the same as augmented, each patch by itself. A whole image may be mirrored.",
                "Six grids of patches above the same six grids augmented"),
            (UntrainedFile, $"Before it has learnt anything, what the encoder holds to be alike: a patch, then the nearest patch of each of the {NearestPatches.Nearest} nearest images, by the cosine of their vectors, among up to {NearestPatches.Searched} images.",
                "Patches, each followed by its nearest patches of other images, to an untrained encoder"),
            (RetrievalFile, "The same patches, and what the encoder holds to be like them as last drawn: at the end, or where training was stopped before. No label was used.",
                "The same patches, each followed by its nearest patches of other images, to the trained encoder"),
        ];
        return [.. known.Select(picture => (picture, Path: Path.Combine(folder, picture.File))).Where(found => File.Exists(found.Path))
            .Select(found => new ReportPicture(found.picture.Caption, found.picture.Alternative, File.ReadAllBytes(found.Path)))];
    }

    /// <summary>The channels of a patch that are shown.</summary>
    internal static float[] Values(Tensor patches, long index) => patches.Select(0, index).Narrow(0, 0, Shown((int)patches.Size(1))).ToArray<float>();

    internal static void Write(string path, PatchMosaic mosaic)
    {
        var beside = $"{path}.{Environment.ProcessId}.part";
        File.WriteAllBytes(beside, ImageFile.EncodePng(mosaic.ToImage(Width)));
        File.Move(beside, path, overwrite: true);
    }
}
