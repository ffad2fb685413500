using Foresee.Torch;
using Foresee.Torch.Interop;

namespace Foresee.Encoders;

/// <summary>
/// <see cref="PatchEncoder"/> as one kernel: a chunk of patches passes through all its layers while it lies in the cache.
/// </summary>
internal sealed class FusedEncoder(Tensor patches, long[] architecture, DType compute) : CustomFunction
{
    private Tensor? kept;
    private Tensor[] weights = [];

    /// <summary>For bottlenecks with layer norm, which most recipes have; other encoders take libtorch's operators.</summary>
    public static bool Supports(PatchEncoderOptions options, Tensor patches, Arithmetic arithmetic) =>
        options is { Norm: Norm.Layer, StemPool: 1 }
        && options.Blocks.All(b => b.Kind == BlockKind.Bottleneck && b.Kernel * b.Kernel <= Kernels.MaximumTaps)
        && patches.DType == DType.Float32 && patches.Size(2) == patches.Size(3)
        && !patches.RequiresGrad
        && Kernels.Supports(patches.Device, arithmetic,
        [options.Stem, .. options.Blocks.SelectMany(b => new long[] { b.BottleneckWidth, b.Width })]);

    /// <summary>
    /// As the kernel takes it: the stem's kernel, stride, padding; per block its kernel, stride, and 1 with a shortcut.
    /// </summary>
    public static long[] Architecture(PatchEncoderOptions options)
    {
        List<long> numbers = [options.StemKernel, options.StemStride, options.StemPadding];
        var width = options.Stem;
        foreach (var block in options.Blocks)
        {
            numbers.AddRange([block.Kernel, block.Stride, block.ChangesShape(width) ? 1 : 0]);
            width = block.Width;
        }
        return [.. numbers];
    }

    /// <returns>[N, D] without gradient, and nothing is kept.</returns>
    public static Tensor Infer(Tensor patches, Tensor[] weights, long[] architecture, DType compute) =>
        Kernels.PatchEncoder(patches, weights, architecture, compute, keep: false).Features;

    protected override Tensor[] Forward(Tensor[] inputs)
    {
        weights = inputs;
        var (features, between) = Kernels.PatchEncoder(patches, weights, architecture, compute, keep: true);
        (patches, kept) = (Save(patches), Save(between!));
        return [features];
    }

    protected override Tensor?[] Backward(Tensor?[] gradients) =>
        Kernels.PatchEncoderBackward(gradients[0]!, patches, kept!, weights, architecture, compute);
}
