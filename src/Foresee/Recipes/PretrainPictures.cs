using Foresee.Evaluation;
using Foresee.Images;
using Foresee.Patches;
using Foresee.Reports;
using Foresee.Torch;

namespace Foresee.Recipes;

/// <summary>What a pretraining looks like: PNG files in its folder, which reports take in. Drawn with chance of their own, so the run is the same without them.</summary>
public static class PretrainPictures
{
    public const string AugmentationFile = "augmentation.png", RetrievalFile = "retrievals.png";
    private const int Shown = 6, Queries = 8, Nearest = 8, Searched = 500, Width = 1800;

    /// <summary>The patches of the run's first images, as cut and as augmented.</summary>
    internal static void WriteAugmentation(PretrainOptions options, IImageSource images, string folder)
    {
        using var scope = TensorScope.Begin();
        using var generator = new Generator((ulong)options.Training.Seed);
        using var loader = new ImageLoader(images, options.Loading() with { BatchSize = Math.Min(Shown, images.Count), Prefetch = 1, CacheBytes = 0 });
        using var batch = loader.Batches().First();
        var grid = options.Method.Grid;
        var above = PatchGrid.Extract(PatchGrid.Centre(batch.Pixels.To(DType.Float32) / 255, grid), grid); // [B·H·W, C, p, p]
        var below = options.Method.Augmentation.Patches(batch.Pixels, grid, generator);                 // [B·H·W, C, p, p]
        var mosaic = new PatchMosaic(2 * grid.Rows + 1, batch.Count * (grid.Columns + 1) - 1, grid.Patch, options.Method.Encoder.Channels);
        foreach (var (patches, top) in new[] { (above, 0), (below, grid.Rows + 1) })
            for (var i = 0; i < batch.Count * grid.Positions; i++)
            {
                var (image, row, column) = (i / grid.Positions, i % grid.Positions / grid.Columns, i % grid.Columns);
                mosaic.Put(top + row, image * (grid.Columns + 1) + column, Values(patches, i));
            }
        Write(Path.Combine(folder, AugmentationFile), mosaic);
    }

    /// <summary>Some patches, and what the trained encoder holds to be like them: the nearest patch of each of the nearest other images.</summary>
    internal static void WriteRetrievals(PretrainOptions options, IImageSource images, string folder, Device device)
    {
        using var scope = TensorScope.Begin();
        using var encoder = TrainedEncoder.Load(folder, device);
        var (pixels, z) = Features(encoder, options, images);                                           // [N, C, height, width], [N, H·W, D]
        var (count, positions) = ((int)z.Size(0), (int)z.Size(1));
        if (count < 2) return;
        var grid = options.Method.Grid;
        var queries = Math.Min(Queries, count);
        var chance = new SeededOrder((ulong)options.Training.Seed);
        var mosaic = new PatchMosaic((queries + 1) / 2, 2 * (Nearest + 2) + 1, grid.Patch, options.Method.Encoder.Channels); // two columns of rows
        for (var query = 0; query < queries; query++)
        {
            using var inner = TensorScope.Begin();
            var (row, left) = (query / 2, query % 2 * (Nearest + 3));
            var image = query * count / queries;
            var patches = PatchesOf(pixels, image, grid);                                               // [H·W, C, p, p]
            // Not a plain piece of background: one of the half that changes most within.
            var position = patches.Flatten(1).Variance(1).TopK(Math.Max(1, positions / 2)).Indices.ToArray<long>()[chance.Below(Math.Max(1, positions / 2))];
            mosaic.Put(row, left, Values(patches, position));
            var cosines = z.MatMul(z.Select(0, image).Select(0, position));                             // [N, H·W]
            cosines.Select(0, image).Fill_(-2); // its own patches overlap it
            var best = cosines.MaxAlong(1).TopK(Math.Min(Nearest, count - 1)).Indices.ToArray<long>();
            for (var n = 0; n < best.Length; n++)
                mosaic.Put(row, left + 2 + n, Values(PatchesOf(pixels, best[n], grid), cosines.Select(0, best[n]).ArgMax(0).ToInt64()));
        }
        Write(Path.Combine(folder, RetrievalFile), mosaic);
    }

    /// <summary>Those of a run's folder that are there.</summary>
    public static IReadOnlyList<ReportPicture> Read(string folder)
    {
        (string File, string Caption, string Alternative)[] known =
        [
            (AugmentationFile, "What the network is given: above the patches of six images as cut, below the same as augmented, each patch by itself. A whole image may be mirrored.",
                "Six grids of patches above the same six grids augmented"),
            (RetrievalFile, $"What the encoder holds to be alike after pretraining: a patch, then the nearest patch of each of the {Nearest} nearest images, by the cosine of their vectors, among up to {Searched} images. No label was used.",
                "Patches, each followed by its nearest patches of other images"),
        ];
        return [.. known.Select(picture => (picture, Path: Path.Combine(folder, picture.File))).Where(found => File.Exists(found.Path))
            .Select(found => new ReportPicture(found.picture.Caption, found.picture.Alternative, File.ReadAllBytes(found.Path)))];
    }

    /// <summary>Of images evenly taken: pixels in 0..1 and unit vectors.</summary>
    private static (Tensor Pixels, Tensor Vectors) Features(TrainedEncoder encoder, PretrainOptions options, IImageSource images)
    {
        var count = Math.Min(Searched, images.Count);
        int[] indices = [.. Enumerable.Range(0, count).Select(i => (int)((long)i * images.Count / count))];
        using var loader = new ImageLoader(images, options.Loading() with { CacheBytes = 0 });
        var (pixels, vectors) = (new List<Tensor>(), new List<Tensor>());
        foreach (var batch in loader.Pass(indices))
        {
            pixels.Add(batch.Pixels);
            vectors.Add(encoder.Features(batch.Pixels).To(Device.Cpu).Flatten(1, 2));                   // [B, H·W, D]
        }
        var z = Tensor.Cat([.. vectors]);                                                               // [N, H·W, D]
        return (Tensor.Cat([.. pixels]).To(DType.Float32) / 255, z / z.Square().Sum(2, keep: true).Sqrt().Clamp(low: 1e-12));
    }

    private static Tensor PatchesOf(Tensor pixels, long image, GridGeometry grid) => PatchGrid.Extract(PatchGrid.Centre(pixels.Narrow(0, image, 1), grid), grid);

    private static float[] Values(Tensor patches, long index) => patches.Select(0, index).ToArray<float>();

    private static void Write(string path, PatchMosaic mosaic)
    {
        var beside = $"{path}.{Environment.ProcessId}.part";
        File.WriteAllBytes(beside, ImageFile.EncodePng(mosaic.ToImage(Width)));
        File.Move(beside, path, overwrite: true);
    }
}
