using Foresee.Torch;

namespace Foresee.Augmentation;

/// <summary>
/// Several views of each image: twice the same maker for SimCLR, two for BYOL, two of large views and six of small ones for SwAV's
/// multi-crop. Each view has draws of its own.
/// </summary>
public sealed class ViewSet(params IReadOnlyList<ViewMaker> makers)
{
    /// <param name="pixels">[B, C, height, width], UInt8, or Float32 in 0..1; on the CPU</param>
    /// <param name="generator">One number of it seeds each maker's views.</param>
    /// <param name="first">The place of the first image in a batch of which these are a part.</param>
    /// <returns>One tensor per maker: [B, C, its height, its width], Float32, normalised; on the CPU</returns>
    public IReadOnlyList<Tensor> Make(Tensor pixels, Generator generator, int threads, int first = 0) =>
        [.. makers.Select(maker => maker.Make(pixels, generator, threads, first))];
}
