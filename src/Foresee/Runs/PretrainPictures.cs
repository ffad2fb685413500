using Foresee.Images;
using Foresee.Methods;
using Foresee.Patches;
using Foresee.Recipes;
using Foresee.Reports;
using Foresee.Torch;
using Foresee.Torch.Files;

namespace Foresee.Runs;

/// <summary>
/// What a pretraining looks like: PNG files in its folder, which reports take in. They are drawn with randomness of their own, so the run
/// is the same without them.
/// </summary>
public static class PretrainPictures
{
    public const string AugmentationFile = "augmentation.png", UntrainedFile = "retrievals-untrained.png", NearestFile = "retrievals.png",
        OutputsFile = "outputs.png";
    private const int FirstImages = 6, Width = 1800;

    /// <summary>What the network is given of the run's first images, as cut and as augmented.</summary>
    internal static void WriteAugmentation(PretrainOptions options, IImageSource images, string folder) =>
        Write(options, images, Path.Combine(folder, AugmentationFile),
            (batch, generator) => options.Method.Examples(batch, options.Input, generator));

    /// <summary>What a method that makes pictures makes of the run's first images; nothing for one that makes none.</summary>
    internal static void WriteOutputs(PretrainOptions options, IMethod method, IImageSource images, string folder) =>
        Write(options, images, Path.Combine(folder, OutputsFile), (batch, generator) =>
            [.. method.Pictures(batch, generator).Select(row => row.Unsqueeze(1).Unsqueeze(1))]);

    /// <param name="of">Rows of a batch, each [B, H, W, C, h, w].</param>
    private static void Write(PretrainOptions options, IImageSource images, string path,
        Func<ImageBatch, Generator, IReadOnlyList<Tensor>> of)
    {
        using var scope = TensorScope.Begin();
        using var noGrad = Autograd.NoGrad();
        using var generator = new Generator((ulong)options.Training.Seed);
        using var loader = new ImageLoader(images,
            options.LearningFrom() with { BatchSize = Math.Min(FirstImages, images.Count), Prefetch = 1, CacheBytes = 0 });
        using var batch = loader.Batches().First();
        var bands = of(batch, generator);
        if (bands.Count == 0) return;
        var (rows, columns, side) = ((int)bands[0].Size(1), (int)bands[0].Size(2), (int)bands[0].Size(4));
        var mosaic = new PatchMosaic(bands.Count * (rows + 1) - 1, batch.Count * (columns + 1) - 1, side,
            PretrainOptions.Shown(options.Input.Channels));
        for (var band = 0; band < bands.Count; band++)
        {
            var pieces = bands[band].Flatten(0, 2);                                                     // [B·H·W, C, h, w]
            for (var i = 0; i < batch.Count * rows * columns; i++)
            {
                var (image, row, column) = (i / (rows * columns), i % (rows * columns) / columns, i % columns);
                mosaic.Put(band * (rows + 1) + row, image * (columns + 1) + column, Values(pieces, i));
            }
        }
        Write(path, mosaic);
    }

    /// <summary>Those of a run's folder that are there.</summary>
    public static IReadOnlyList<ReportPicture> Read(string folder)
    {
        (string File, string Caption, string Alternative)[] known = [
            (AugmentationFile,
                "What the network is given: above six images as cut, below the same as augmented, each patch or view by itself. A whole "
                    + "image may be mirrored.",
                "Six images above the same six augmented"),
            (OutputsFile,
                "What the network makes of six images at the end: above what it is given, then what it should return, below what it does.",
                "Rows of six pictures: inputs, targets and outputs"),
            (UntrainedFile,
                $"Before it has learnt anything, what the encoder holds to be alike: a piece of an image, then the nearest piece of each "
                    + $"of the {NearestPatches.Nearest} nearest images, by the cosine of their vectors, among up to "
                    + $"{NearestPatches.Searched} images.",
                "Pieces of images, each followed by its nearest pieces of other images, to an untrained encoder"),
            (NearestFile,
                "The same pieces, and what the encoder holds to be like them as last drawn: at the end, or where training was stopped "
                    + "before. No label was used.",
                "The same pieces, each followed by its nearest pieces of other images, to the trained encoder"),
        ];
        return [.. known.Select(picture => (picture, Path: Path.Combine(folder, picture.File))).Where(found => File.Exists(found.Path))
            .Select(found => new ReportPicture(found.picture.Caption, found.picture.Alternative, File.ReadAllBytes(found.Path)))];
    }

    /// <summary>The channels of a piece that are shown.</summary>
    internal static float[] Values(Tensor pieces, long index) =>
        pieces.Select(0, index).Narrow(0, 0, PretrainOptions.Shown((int)pieces.Size(1))).ToArray<float>();

    internal static void Write(string path, PatchMosaic mosaic) => AtomicFile.Write(path, ImageFile.EncodePng(mosaic.ToImage(Width)));
}
