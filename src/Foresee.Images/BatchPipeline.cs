using System.Threading.Channels;

namespace Foresee.Images;

/// <summary>
/// Reads the images of coming batches on threads of its own, a bounded number of batches ahead. Batches come out in the order of
/// their plans, whatever thread finished first. One consumer.
/// </summary>
internal sealed class BatchPipeline : IDisposable
{
    private readonly ImageCache images;
    private readonly IEnumerator<BatchPlan> plans;
    private readonly int prefetch;
    private readonly Queue<PendingBatch> ahead = new(); // the consumer's alone; its length bounds the channel
    private readonly Channel<(PendingBatch Batch, int Place)> places =
        Channel.CreateUnbounded<(PendingBatch, int)>(new() { SingleWriter = true, AllowSynchronousContinuations = true });
    private readonly CancellationTokenSource closed = new();
    private readonly Thread[] threads;

    public BatchPipeline(ImageCache images, IEnumerable<BatchPlan> plans, int threads, int prefetch)
    {
        (this.images, this.plans, this.prefetch) = (images, plans.GetEnumerator(), prefetch);
        this.threads = [.. Enumerable.Range(0, threads).Select(i => new Thread(Work) { IsBackground = true, Name = $"images {i}" })];
        foreach (var thread in this.threads) thread.Start();
    }

    /// <summary>The next batch, waiting for it when needed; null at the end of the plans.</summary>
    public ImageBatch? Next()
    {
        Schedule();
        if (!ahead.TryPeek(out var first)) return null;
        try
        {
            first.Wait(closed.Token);
        }
        catch (OperationCanceledException)
        {
            throw new ObjectDisposedException(nameof(ImageLoader));
        }
        ahead.Dequeue();
        Schedule(); // the threads go on while this batch is used
        return first.Deliver(images.Input);
    }

    private void Schedule()
    {
        while (ahead.Count < prefetch && plans.MoveNext())
        {
            var plan = plans.Current;
            var batch = new PendingBatch(plan, images.Input.Bytes);
            ahead.Enqueue(batch);
            for (var place = 0; place < plan.Count; place++) places.Writer.TryWrite((batch, place));
        }
    }

    private void Work()
    {
        try
        {
            while (Wait(places.Reader.WaitToReadAsync(closed.Token)))
                while (!closed.IsCancellationRequested && places.Reader.TryRead(out var next)) next.Batch.Read(images, next.Place);
        }
        catch (OperationCanceledException)
        {
            // the pipeline is closed
        }
    }

    /// <summary>Blocks at once: a thread that spins first takes time from those that decode.</summary>
    private static bool Wait(ValueTask<bool> ready)
    {
        var awaiter = ready.GetAwaiter();
        if (awaiter.IsCompleted) return awaiter.GetResult();
        using var signal = new ManualResetEventSlim(initialState: false, spinCount: 0);
        awaiter.UnsafeOnCompleted(signal.Set);
        signal.Wait();
        return awaiter.GetResult();
    }

    /// <summary>Stops the threads; each ends after the image it is reading.</summary>
    public void Dispose()
    {
        closed.Cancel();
        foreach (var thread in threads) thread.Join();
        plans.Dispose();
    }
}
