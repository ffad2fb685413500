using System.Threading.Channels;
using Foresee.Server.Hosting;

namespace Foresee.Server.Classification;

/// <summary>
/// Images that wait for a thread, so many at most. A request's images are taken all or none; none when there are too many already, so
/// that who is taken is answered soon and memory stays bounded.
/// </summary>
internal sealed class ImageQueue : IDisposable
{
    private readonly Channel<Action> waiting = Channel.CreateUnbounded<Action>();
    private readonly Thread[] threads;
    private readonly int capacity;
    private int count; // waiting or being computed
    private double meanSeconds = 0.05; // of one image, lately

    public ImageQueue(ServerOptions options, ServerMetrics metrics)
    {
        capacity = options.Queue;
        metrics.Watch(() => Count);
        threads = [.. Enumerable.Range(0, options.Threads).Select(n => new Thread(Work) { IsBackground = true, Name = $"images {n}" })];
        foreach (var thread in threads) thread.Start();
    }

    public int Count => Volatile.Read(ref count);

    /// <summary>Each image's answer, in their order.</summary>
    /// <exception cref="Problem">Too many images wait.</exception>
    public Task<T[]> Run<TImage, T>(IReadOnlyList<TImage> images, Func<TImage, T> compute, CancellationToken cancel)
    {
        if (Interlocked.Add(ref count, images.Count) > capacity)
        {
            var before = Interlocked.Add(ref count, -images.Count);
            throw new Problem(503, "busy", $"{before} images wait already, at most {capacity} do; try again.")
            {
                RetrySeconds = Math.Clamp((int)Math.Ceiling(before * meanSeconds / threads.Length), 1, 60),
            };
        }
        return Task.WhenAll(images.Select(image => Add(image, compute, cancel)));
    }

    private Task<T> Add<TImage, T>(TImage image, Func<TImage, T> compute, CancellationToken cancel)
    {
        var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        void Compute()
        {
            try
            {
                cancel.ThrowIfCancellationRequested(); // whoever asked has gone
                var start = System.Diagnostics.Stopwatch.GetTimestamp();
                var answer = compute(image);
                meanSeconds += 0.05 * (System.Diagnostics.Stopwatch.GetElapsedTime(start).TotalSeconds - meanSeconds);
                Interlocked.Decrement(ref count);
                done.SetResult(answer);
            }
            catch (Exception error)
            {
                Interlocked.Decrement(ref count);
                done.SetException(error);
            }
        }
        if (!waiting.Writer.TryWrite(Compute))
        {
            Interlocked.Decrement(ref count);
            done.SetException(new Problem(503, "stopping", "The server is stopping; try again.") { RetrySeconds = 5 });
        }
        return done.Task;
    }

    private void Work()
    {
        while (waiting.Reader.WaitToReadAsync().AsTask().GetAwaiter().GetResult())
            while (waiting.Reader.TryRead(out var compute)) compute();
    }

    /// <summary>What waits is computed first.</summary>
    public void Dispose()
    {
        waiting.Writer.TryComplete();
        foreach (var thread in threads) thread.Join();
    }
}
