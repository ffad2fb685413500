using Foresee.Images;
using Foresee.Torch;

namespace Foresee.Tests.Methods;

/// <summary>Batches for these tests.</summary>
internal static class Batches
{
    /// <param name="pixels">UInt8 [B, C, h, w]; the batch owns it.</param>
    public static ImageBatch Of(Tensor pixels) => new(pixels, [.. Enumerable.Range(0, (int)pixels.Size(0))], default);
}
