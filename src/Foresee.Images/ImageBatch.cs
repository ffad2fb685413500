using System.Buffers;

namespace Foresee.Images;

/// <summary>Where a loader goes on: the epoch and the place in its order.</summary>
public readonly record struct LoaderPosition(int Epoch, int Index);

/// <summary>Images for one step.</summary>
public sealed class ImageBatch : IDisposable
{
    private readonly int length;
    private byte[]? rented;

    /// <param name="pixels">[B, C, H, W], B as many as indices; it is copied.</param>
    /// <param name="input">Gives C, and H and W as read.</param>
    /// <param name="indices">Which images of the source they are.</param>
    /// <param name="next">Where the batch after this one starts.</param>
    /// <exception cref="ArgumentException">There are more or fewer bytes than that.</exception>
    public ImageBatch(ReadOnlySpan<byte> pixels, InputFormat input, int[] indices, LoaderPosition next = default)
        : this(Copied(pixels, indices.Length * input.Bytes), input, indices, next)
    {
    }

    /// <param name="rented">From the shared pool, to which it goes back when the batch is disposed.</param>
    internal ImageBatch(byte[] rented, InputFormat input, int[] indices, LoaderPosition next) =>
        (this.rented, length, Input, Indices, Next) = (rented, indices.Length * input.Bytes, input, indices, next);

    private static byte[] Copied(ReadOnlySpan<byte> pixels, int length)
    {
        if (pixels.Length != length)
            throw new ArgumentException($"These images have {length} bytes, got {pixels.Length}.", nameof(pixels));
        var rented = ArrayPool<byte>.Shared.Rent(length);
        pixels.CopyTo(rented);
        return rented;
    }

    /// <summary>[B, C, H, W], one byte per value, until the batch is disposed.</summary>
    /// <exception cref="ObjectDisposedException">It has been.</exception>
    public ReadOnlySpan<byte> Pixels =>
        rented is { } bytes ? bytes.AsSpan(0, length) : throw new ObjectDisposedException(nameof(ImageBatch));

    public InputFormat Input { get; }
    public int[] Indices { get; }
    public LoaderPosition Next { get; }
    public int Count => Indices.Length;

    public void Dispose()
    {
        if (Interlocked.Exchange(ref rented, null) is { } bytes) ArrayPool<byte>.Shared.Return(bytes);
    }
}

/// <summary>An image that was left out, named once.</summary>
public sealed record SkippedImage(int Index, string File, string Reason);
