using System.Buffers;
using System.Runtime.ExceptionServices;

namespace Foresee.Images;

/// <summary>A batch while its images are read, each place once, by any thread.</summary>
internal sealed class PendingBatch(BatchPlan plan, int imageBytes)
{
    private readonly byte[] pixels = ArrayPool<byte>.Shared.Rent(plan.Count * imageBytes); // the delivered batch's
    private readonly int[] indices = new int[plan.Count];
    private readonly ManualResetEventSlim done = new(initialState: false, spinCount: 0);
    private int left = plan.Count;
    private ExceptionDispatchInfo? error;

    /// <summary>Until every place is read.</summary>
    public void Wait(CancellationToken cancel) => done.Wait(cancel);

    public void Read(ImageCache images, int place)
    {
        try
        {
            indices[place] = plan.Read(images, place, pixels.AsSpan(place * imageBytes, imageBytes));
        }
        catch (Exception exception)
        {
            indices[place] = -1;
            error ??= ExceptionDispatchInfo.Capture(exception); // rethrown where the batch is fetched
        }
        if (Interlocked.Decrement(ref left) == 0) done.Set();
    }

    public ImageBatch Deliver(InputFormat fit)
    {
        error?.Throw();
        var count = 0;
        for (var place = 0; place < plan.Count; place++)
        {
            if (indices[place] < 0) continue;
            if (count < place) pixels.AsSpan(place * imageBytes, imageBytes).CopyTo(pixels.AsSpan(count * imageBytes));
            indices[count++] = indices[place];
        }
        return new(pixels, fit, indices[..count], plan.Next);
    }
}
