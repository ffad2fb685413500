using Foresee.Images;
using Foresee.Torch;

namespace Foresee.Tests.Methods;

/// <summary>Batches for these tests.</summary>
internal static class Batches
{
    /// <param name="pixels">UInt8 [B, C, h, w], of clips [B, T·C, h, w]</param>
    /// <param name="frames">T</param>
    public static ImageBatch Of(Tensor pixels, int frames = 1) => new(pixels.ToArray<byte>(),
        new((int)pixels.Size(2), (int)pixels.Size(3), (int)pixels.Size(1) / frames, frames), [.. Enumerable.Range(0, (int)pixels.Size(0))]);
}
