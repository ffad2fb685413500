namespace Foresee.Images;

/// <summary>
/// Reads the images of coming batches on threads of its own, a bounded number of batches ahead. Batches come out in the order of
/// their plans, whatever thread finished first. One consumer.
/// </summary>
internal sealed class BatchPipeline : IDisposable
{
    private readonly object gate = new();
    private readonly ImageCache images;
    private readonly IEnumerator<BatchPlan> plans;
    private readonly int prefetch;
    private readonly LinkedList<PendingBatch> pending = new();
    private readonly Stack<byte[]> buffers = new();
    private readonly Thread[] threads;
    private bool closed;

    public BatchPipeline(ImageCache images, IEnumerable<BatchPlan> plans, int threads, int prefetch)
    {
        (this.images, this.plans, this.prefetch) = (images, plans.GetEnumerator(), prefetch);
        this.threads = new Thread[threads];
        for (var i = 0; i < threads; i++)
        {
            this.threads[i] = new Thread(Work) { IsBackground = true, Name = $"images {i}" };
            this.threads[i].Start();
        }
    }

    /// <summary>The next batch, waiting for it when needed; null at the end of the plans.</summary>
    public ImageBatch? Next()
    {
        PendingBatch first;
        lock (gate)
        {
            Schedule();
            if (pending.First is null) return null;
            first = pending.First.Value;
            while (!first.Done && !closed) Monitor.Wait(gate);
            ObjectDisposedException.ThrowIf(closed, typeof(ImageLoader));
            pending.RemoveFirst();
            Schedule(); // the threads go on while this batch is used
        }
        var batch = first.Deliver(images.Input);
        lock (gate) buffers.Push(first.Pixels);
        return batch;
    }

    private void Schedule()
    {
        while (pending.Count < prefetch && plans.MoveNext())
        {
            var plan = plans.Current;
            var needed = plan.Count * images.Input.Bytes;
            var buffer = buffers.TryPop(out var used) && used.Length >= needed ? used : GC.AllocateUninitializedArray<byte>(needed);
            pending.AddLast(new PendingBatch(plan, buffer, images.Input.Bytes));
        }
        Monitor.PulseAll(gate);
    }

    private void Work()
    {
        while (true)
        {
            PendingBatch? batch;
            int place;
            lock (gate)
            {
                while ((batch = pending.FirstOrDefault(b => b.HasPlaces)) is null && !closed) Monitor.Wait(gate);
                if (closed || batch is null) return;
                place = batch.Take();
            }
            batch.Read(images, place);
            lock (gate)
            {
                batch.Finish();
                if (batch.Done) Monitor.PulseAll(gate);
            }
        }
    }

    /// <summary>Stops the threads; each ends after the image it is reading.</summary>
    public void Dispose()
    {
        lock (gate)
        {
            closed = true;
            Monitor.PulseAll(gate);
        }
        foreach (var thread in threads) thread.Join();
        plans.Dispose();
    }
}
