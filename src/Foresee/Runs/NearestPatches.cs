using System.Diagnostics;
using Foresee.Encoders;
using Foresee.Images;
using Foresee.Patches;
using Foresee.Recipes;
using Foresee.Torch;

namespace Foresee.Runs;

/// <summary>
/// Some patches, or whole images where the encoder has no patches, and what it holds to be like them: the nearest piece of each of the
/// nearest
/// other images, by cosine. The same pieces are asked each time, so pictures of one run can be compared. They use no label and none of the
/// run's
/// random numbers: training is the same without them.
/// </summary>
internal sealed class NearestPatches(PretrainOptions options, IImageSource images) : IDisposable
{
    /// <summary>At most so many images are searched, fewer where they are large or the encoder is slow.</summary>
    public const int Searched = 500, Nearest = 8;
    private const int Queries = 8, Block = 16;
    private const long MostBytes = 64 << 20;  // of pixels, held over the whole run
    private const double MostSeconds = 3;     // of encoding, and the block in which they end
    private readonly GridGeometry grid = options.Method.Kept is PatchGridOptions patches
        ? patches.Grid(options.Input)
        : Whole(options.Input);
    private Tensor? sample;                   // [N, C, height, width] UInt8, once read; the first are those that are asked

    /// <summary>Draws what the encoder holds to be alike at this moment.</summary>
    public void Write(TrainedEncoder encoder, string path)
    {
        using var scope = TensorScope.Begin();
        sample ??= TensorScope.Detach(Read(encoder.Input));
        var z = Vectors(encoder);                                                                       // [N, H·W, D]
        var queries = Math.Min(Queries, (int)z.Size(0));
        if (z.Size(0) < 2) return;
        var random = new SeededOrder((ulong)options.Training.Seed);
        // two columns of rows
        var mosaic = new PatchMosaic((queries + 1) / 2, 2 * (Nearest + 2) + 1, grid.Patch, PretrainOptions.Shown(options.Input.Channels));
        for (var query = 0; query < queries; query++)
        {
            using var inner = TensorScope.Begin();
            var (row, left) = (query / 2, query % 2 * (Nearest + 3));
            var patches = PatchesOf(query);                                                             // [H·W, C, p, p]
            var position = Telling(patches, random);
            mosaic.Put(row, left, PretrainPictures.Values(patches, position));
            var cosines = z.MatMul(z.Select(0, query).Select(0, position));                             // [N, H·W]
            cosines.Select(0, query).Fill_(-2); // its own patches overlap it
            var best = cosines.MaxAlong(1).TopK(Math.Min(Nearest, (int)z.Size(0) - 1)).Indices.ToArray<long>();
            for (var n = 0; n < best.Length; n++)
                mosaic.Put(row, left + 2 + n, PretrainPictures.Values(PatchesOf(best[n]), cosines.Select(0, best[n]).ArgMax(0).ToInt64()));
        }
        PretrainPictures.Write(path, mosaic);
    }

    /// <summary>Not a plain piece of background: one of the half that changes most within.</summary>
    private static long Telling(Tensor patches, SeededOrder random)
    {
        var half = Math.Max(1, (int)patches.Size(0) / 2);
        return patches.Flatten(1).Variance(1).TopK(half).Indices.ToArray<long>()[random.Below(half)];
    }

    /// <summary>Images by chance, so that wherever encoding stops it has seen some of all.</summary>
    private Tensor Read(InputFormat fit)
    {
        var count = (int)Math.Min(Math.Min(Searched, images.Count), Math.Max(2 * Queries, MostBytes / fit.Bytes));
        var order = new SeededOrder((ulong)options.Training.Seed).Permutation(images.Count).Take(count);
        using var loader = new ImageLoader(images, options.Loading() with { BatchSize = Block, CacheBytes = 0 });
        var pixels = new List<Tensor>();
        foreach (var batch in loader.Pass([.. order]))
            using (batch) pixels.Add(batch.ToTensor());
        return Tensor.Cat([.. pixels]);
    }

    /// <summary>Unit vectors of as many images as there is time for.</summary>
    private Tensor Vectors(TrainedEncoder encoder)
    {
        var clock = Stopwatch.StartNew();
        var vectors = new List<Tensor>();
        for (long from = 0, count = sample!.Size(0); from < count && clock.Elapsed.TotalSeconds < MostSeconds; from += Block)
        {
            // [B, H·W, D]
            var features = encoder.Features(sample.Narrow(0, from, Math.Min(Block, count - from))).To(Device.Cpu).Flatten(1, 2);
            vectors.Add(features.Size(1) == grid.Positions ? features : features.Mean([1], keep: true));
        }
        var z = Tensor.Cat([.. vectors]);                                                               // [N, H·W, D]
        return z / z.Square().Sum(2, keep: true).Sqrt().Clamp(low: 1e-12);
    }

    private Tensor PatchesOf(long image) =>
        PatchGrid.Extract(PatchGrid.Centre(sample!.Narrow(0, image, 1).To(DType.Float32) / 255, grid.Height, grid.Width), grid);

    /// <summary>The middle square of an image as its only patch.</summary>
    private static GridGeometry Whole(InputFormat input)
    {
        var side = Math.Min(input.Height, input.Width);
        return new(side, side, side, side);
    }

    public void Dispose() => sample?.Dispose();
}
