using System.Diagnostics;

namespace Foresee.Images;

/// <summary>
/// Images of a source as batches of one size, decoded ahead on threads. The order depends on the seed and the epoch alone: not on
/// threads, timing, or where reading was taken up again. An unreadable image is named in <see cref="Skipped"/> and replaced.
/// </summary>
public sealed class ImageLoader : IDisposable
{
    private readonly IImageSource source;
    private readonly LoaderOptions options;
    private readonly ImageCache images;
    private readonly List<BatchPipeline> pipelines = [];
    private long waited;

    public ImageLoader(IImageSource source, LoaderOptions options)
    {
        options.Validate();
        (this.source, this.options) = (source, options);
        var unreadable = new List<KeyValuePair<int, UnreadableImageException>>();
        Input = Choose(unreadable);
        Input.Validate();
        if (Input.Frames > 1 && source.Clips.Count == 0)
            throw new ImageDataException($"{source.Name} holds still images, and {Input.Frames} frames of a clip are to be read at once; name a "
                + "folder that holds a folder of frames for each clip.");
        images = new(source, Input, options.CacheBytes);
        foreach (var (index, error) in unreadable) images.Skip(index, error);
    }

    public IImageSource Source => source;

    /// <summary>Height, width and channels of the batches.</summary>
    public InputFormat Input { get; }

    /// <summary>Images that could not be read, each once, in the order of the source.</summary>
    public IReadOnlyList<SkippedImage> Skipped => images.Skipped;

    /// <summary>Images read so far whose files have 16 bits per channel; their batches have 8.</summary>
    public int SixteenBit => images.SixteenBit;

    /// <summary>Images read so far that are the first of several in their file: pages of a TIFF, frames of an animation.</summary>
    public int WithMorePictures => images.WithMorePictures;

    /// <summary>How long the consumer has stood still because its batch was not ready, over the life of the loader.</summary>
    public double WaitingSeconds => Stopwatch.GetElapsedTime(0, Interlocked.Read(ref waited)).TotalSeconds;

    /// <summary>Batches per epoch.</summary>
    public int BatchesPerEpoch => options.DropLast
        ? source.Count / options.BatchSize
        : (source.Count + options.BatchSize - 1) / options.BatchSize;

    /// <summary>Batches without end, each epoch in an order of its own, from a position that <see cref="ImageBatch.Next"/> gave.</summary>
    public IEnumerable<ImageBatch> Batches(LoaderPosition from = default)
    {
        if (BatchesPerEpoch == 0)
            throw new ImageDataException($"A batch of {options.BatchSize} images needs as many, {source.Name} has {source.Count}; set a "
                + $"batch size of at most {source.Count}.");
        if (from.Epoch < 0 || from.Index < 0 || from.Index >= source.Count)
            throw new ImageDataException($"Position {from.Index} of epoch {from.Epoch} lies outside {source.Name} with its {source.Count} "
                + "images; was the position saved with other data?");
        return Run(Endless(from));
    }

    /// <summary>
    /// One pass in order over the whole source, or over the images named. Unreadable images are left out, not replaced: use
    /// <see cref="ImageBatch.Indices"/>. The last batch may be smaller.
    /// </summary>
    public IEnumerable<ImageBatch> Pass(int[]? indices = null) => Run(Once(indices ?? [.. Enumerable.Range(0, source.Count)]));

    /// <summary>As <see cref="Pass"/>, where others read the rest: nothing comes where none of these can be read.</summary>
    public IEnumerable<ImageBatch> PartOfPass(int[] indices) => Run(Once(indices), whole: false);

    /// <summary>Stops all threads of this loader.</summary>
    public void Dispose()
    {
        BatchPipeline[] open;
        lock (pipelines) open = [.. pipelines];
        foreach (var pipeline in open) pipeline.Dispose();
    }

    private IEnumerable<BatchPlan> Endless(LoaderPosition position)
    {
        while (true)
        {
            var order = new SeededOrder((ulong)options.Seed, (ulong)position.Epoch).Permutation(source.Count);
            while (position.Index < order.Length)
            {
                var count = Math.Min(options.BatchSize, order.Length - position.Index);
                if (count < options.BatchSize && options.DropLast) break;
                var end = position.Index + count;
                var last = end == order.Length || (options.DropLast && end + options.BatchSize > order.Length);
                var next = last ? new LoaderPosition(position.Epoch + 1, 0) : position with { Index = end };
                var own = count / options.Parts;
                yield return new(order, position.Index + options.Part * own, own, Replacement.HalfAnEpochOn, next);
                position = position with { Index = end };
            }
            position = new(position.Epoch + 1, 0);
        }
    }

    private IEnumerable<BatchPlan> Once(int[] indices)
    {
        for (var start = 0; start < indices.Length; start += options.BatchSize)
        {
            var count = Math.Min(options.BatchSize, indices.Length - start);
            yield return new(indices, start, count, Replacement.None, new(0, start + count));
        }
    }

    private IEnumerable<ImageBatch> Run(IEnumerable<BatchPlan> plans, bool whole = true)
    {
        var delivered = 0L;
        foreach (var batch in source.Holds(Input) ? Inline(plans) : Threaded(plans))
        {
            if (batch.Count == 0) // every image of it was unreadable
            {
                batch.Dispose();
                continue;
            }
            delivered += batch.Count;
            yield return batch;
        }
        if (whole && delivered == 0 && images.Skipped.Count > 0) throw images.NothingReadable();
    }

    /// <summary>Pixels that lie in memory are copied where they are needed: waking a thread would cost more.</summary>
    private IEnumerable<ImageBatch> Inline(IEnumerable<BatchPlan> plans)
    {
        foreach (var plan in plans)
        {
            var start = Stopwatch.GetTimestamp();
            var pending = new PendingBatch(plan, Input.Bytes);
            for (var place = 0; place < plan.Count; place++) pending.Read(images, place);
            var batch = pending.Deliver(Input);
            Interlocked.Add(ref waited, Stopwatch.GetTimestamp() - start);
            yield return batch;
        }
    }

    private IEnumerable<ImageBatch> Threaded(IEnumerable<BatchPlan> plans)
    {
        using var pipeline = new BatchPipeline(images, plans, options.Threads, options.Prefetch);
        lock (pipelines) pipelines.Add(pipeline);
        try
        {
            while (true)
            {
                var start = Stopwatch.GetTimestamp();
                var batch = pipeline.Next();
                Interlocked.Add(ref waited, Stopwatch.GetTimestamp() - start);
                if (batch is null) yield break;
                yield return batch;
            }
        }
        finally
        {
            lock (pipelines) pipelines.Remove(pipeline);
        }
    }

    /// <summary>The form asked for, with the first readable image's size and channels where the options leave them open.</summary>
    private InputFormat Choose(List<KeyValuePair<int, UnreadableImageException>> unreadable)
    {
        if (options.Input is { } input) return input;
        for (var index = 0; index < source.Count; index++)
        {
            try
            {
                var first = source.Look(index);
                return new(first.Height, first.Width, first.Colours);
            }
            catch (UnreadableImageException error)
            {
                unreadable.Add(new(index, error));
            }
        }
        throw new ImageDataException($"None of the {source.Count} images of {source.Name} can be read. The first: "
            + $"{unreadable[0].Value.Message}");
    }
}
