using Foresee.Images;
using Foresee.Torch;

namespace Foresee.Encoders;

/// <summary>Chosen images of a source as one tensor.</summary>
public static class ImageTensors
{
    private const int BatchSize = 250;

    /// <summary>uint8 [N, C, H, W] of all images.</summary>
    public static Tensor ReadAll(IImageSource source, InputFormat input) => Read(source, [.. Enumerable.Range(0, source.Count)], input);

    /// <summary>All images of a source in order, batch by batch; decoded ahead on threads.</summary>
    /// <exception cref="UnreadableImageException">One of them can't be read.</exception>
    public static IEnumerable<ImageBatch> Batches(IImageSource source, InputFormat input, int threads)
    {
        using var loader = new ImageLoader(source,
            new LoaderOptions { BatchSize = BatchSize, Threads = threads, CacheBytes = 0, Input = input });
        foreach (var batch in loader.Pass()) yield return batch;
        ExpectAllRead(loader);
    }

    /// <summary>uint8 [B, C, H, W], a copy; [B, T·C, H, W] of T frames at once.</summary>
    public static Tensor ToTensor(this ImageBatch batch) =>
        Tensor.From(batch.Pixels, batch.Count, batch.Input.Channels * batch.Input.Frames, batch.Input.ReadHeight, batch.Input.ReadWidth);

    internal static void ExpectAllRead(ImageLoader loader)
    {
        if (loader.Skipped is not [var first, ..]) return;
        throw new UnreadableImageException(first.File,
            $"{first.Reason} (the first of {loader.Skipped.Count}); leave such images out before, with LabelledImages.Readable");
    }

    /// <summary>uint8 [n, C, H, W], in the order of the indices.</summary>
    public static Tensor Read(IImageSource source, ReadOnlySpan<int> indices, InputFormat fit)
    {
        fit.Validate();
        var pixels = Tensor.Empty([indices.Length, fit.Channels, fit.ReadHeight, fit.ReadWidth], DType.UInt8);
        var memory = pixels.Data<byte>();
        for (var i = 0; i < indices.Length; i++) source.ReadPlanes(indices[i], fit, memory.Slice(i * fit.Bytes, fit.Bytes));
        return pixels;
    }
}
