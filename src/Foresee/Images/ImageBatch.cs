using Foresee.Torch;

namespace Foresee.Images;

/// <summary>Where a loader goes on: the epoch and the place in its order.</summary>
public readonly record struct LoaderPosition(int Epoch, int Index);

/// <summary>Images for one step.</summary>
/// <param name="Pixels">uint8 [B, C, H, W]; belongs to the scope that was open when the batch was fetched, else to the batch.</param>
/// <param name="Indices">Which images of the source they are.</param>
/// <param name="Next">Where the batch after this one starts.</param>
public sealed record ImageBatch(Tensor Pixels, int[] Indices, LoaderPosition Next) : IDisposable
{
    public int Count => Indices.Length;

    public void Dispose() => Pixels.Dispose();
}

/// <summary>An image that was left out, named once.</summary>
public sealed record SkippedImage(int Index, string File, string Reason);
