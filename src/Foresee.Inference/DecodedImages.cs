using System.Buffers;
using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;
using Foresee.Images;

namespace Foresee.Inference;

/// <summary>An image of a source.</summary>
internal readonly record struct ImagePlace(IImageSource Source, int Index);

/// <summary>
/// Images decoded ahead on threads of their own, in their order, a bounded number of them: memory does not grow with how many there are,
/// and a list that comes slowly (a pipe) is answered as it comes. One consumer.
/// </summary>
internal sealed class DecodedImages : IDisposable
{
    private const int Ahead = 4 * Classifier.BatchSize;

    /// <summary>One image on its way; whoever takes it waits until it is decoded.</summary>
    internal sealed class Slot(ImagePlace place)
    {
        private readonly ManualResetEventSlim done = new(initialState: false, spinCount: 0); // spinning takes time from those that decode

        public string Name { get; private set; } = "";
        public byte[]? Planes { get; private set; }
        public string? Reason { get; private set; }
        public Exception? Fault { get; private set; }
        public int StoredBits { get; private set; }
        public int Pictures { get; private set; }

        public void Decode(InputFormat format)
        {
            byte[]? planes = null;
            try
            {
                Name = place.Source.Describe(place.Index);
                var image = place.Source.Read(place.Index, format);
                planes = ArrayPool<byte>.Shared.Rent(format.Bytes);
                image.CopyPlanes(planes.AsSpan(0, format.Bytes));
                (Planes, StoredBits, Pictures, planes) = (planes, image.StoredBits, image.Pictures, null);
            }
            catch (UnreadableImageException error)
            {
                Reason = error.Reason;
            }
            catch (Exception error) // the consumer's to throw
            {
                Fault = error;
            }
            finally
            {
                if (planes is not null) ArrayPool<byte>.Shared.Return(planes);
                done.Set();
            }
        }

        public void Wait(CancellationToken cancel)
        {
            done.Wait(cancel);
            if (Fault is not null) ExceptionDispatchInfo.Throw(Fault);
        }

        public void Release()
        {
            if (Planes is not null) ArrayPool<byte>.Shared.Return(Planes);
            Planes = null;
        }
    }

    private readonly CancellationTokenSource closed;
    private readonly BlockingCollection<Slot> ordered = new(Ahead), work = [];
    private readonly InputFormat format;
    private Exception? fault;

    /// <param name="places">Asked for on a thread of its own, which may wait for more.</param>
    public DecodedImages(IEnumerable<ImagePlace> places, InputFormat format, int threads, CancellationToken cancel)
    {
        (this.format, closed) = (format, CancellationTokenSource.CreateLinkedTokenSource(cancel));
        Start("list", () => List(places));
        for (var i = 0; i < threads; i++) Start($"images {i}", Decode);
    }

    private static void Start(string name, Action run) => new Thread(() => run()) { IsBackground = true, Name = name }.Start();

    private void List(IEnumerable<ImagePlace> places)
    {
        try
        {
            foreach (var place in places)
            {
                var slot = new Slot(place);
                ordered.Add(slot, closed.Token); // waits while enough are ahead
                work.Add(slot, closed.Token);
            }
        }
        catch (OperationCanceledException)
        {
            // nobody asks for more
        }
        catch (Exception error) // the consumer's to throw
        {
            fault = error;
        }
        finally
        {
            ordered.CompleteAdding();
            work.CompleteAdding();
        }
    }

    private void Decode()
    {
        try
        {
            foreach (var slot in work.GetConsumingEnumerable(closed.Token)) slot.Decode(format);
        }
        catch (OperationCanceledException)
        {
            // nobody asks for more
        }
    }

    /// <summary>The next images that are known, at least one and at most so many; none at the end.</summary>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public List<Slot> Next(int most)
    {
        var slots = new List<Slot>();
        if (ordered.TryTake(out var slot, Timeout.Infinite, closed.Token)) slots.Add(slot);
        while (slots.Count > 0 && slots.Count < most && ordered.TryTake(out slot)) slots.Add(slot);
        foreach (var taken in slots) taken.Wait(closed.Token);
        if (slots.Count == 0 && fault is not null) ExceptionDispatchInfo.Throw(fault);
        return slots;
    }

    /// <summary>The threads end after the image that they are at.</summary>
    public void Dispose() => closed.Cancel();
}
