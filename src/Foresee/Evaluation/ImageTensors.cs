using Foresee.Images;
using Foresee.Torch;

namespace Foresee.Evaluation;

/// <summary>Chosen images of a source as one tensor.</summary>
public static class ImageTensors
{
    /// <summary>uint8 [n, C, H, W], in the order of the indices.</summary>
    public static Tensor Read(IImageSource source, ReadOnlySpan<int> indices, InputFormat fit)
    {
        fit.Validate();
        var pixels = Tensor.Empty([indices.Length, fit.Channels, fit.Height, fit.Width], DType.UInt8);
        var memory = pixels.Data<byte>();
        for (var i = 0; i < indices.Length; i++) source.ReadPlanes(indices[i], fit, memory.Slice(i * fit.Bytes, fit.Bytes));
        return pixels;
    }
}
