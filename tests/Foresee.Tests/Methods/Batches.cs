using Foresee.Images;
using Foresee.Torch;

namespace Foresee.Tests.Methods;

/// <summary>Batches for these tests.</summary>
internal static class Batches
{
    /// <param name="pixels">UInt8 [B, C, h, w]</param>
    public static ImageBatch Of(Tensor pixels) => new(pixels.ToArray<byte>(),
        new((int)pixels.Size(2), (int)pixels.Size(3), (int)pixels.Size(1)), [.. Enumerable.Range(0, (int)pixels.Size(0))]);
}
