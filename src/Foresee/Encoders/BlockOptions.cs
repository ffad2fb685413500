using System.Text.Json.Serialization;

namespace Foresee.Encoders;

/// <summary>
/// One pre-activation block: a bottleneck of 1x1 to BottleneckWidth, Kernel x Kernel with the stride, 1x1 to Width; or a basic one of two
/// 3x3.
/// </summary>
/// <param name="Kernel">3, or 0 for a bottleneck without the spatial convolution, which is all a map of one position needs.</param>
public sealed record BlockOptions(int Width, int BottleneckWidth, int Stride = 1, int Kernel = 3)
{
    public BlockKind Kind { get; init; }

    /// <summary>Whether the shortcut needs a convolution of its own.</summary>
    internal bool ChangesShape(int inputs) => inputs != Width || Stride != 1;

    internal long ConvolutionWeights(int inputs)
    {
        long area = Kernel * Kernel, shortcut = ChangesShape(inputs) ? (long)inputs * Width : 0;
        return shortcut + (Kind == BlockKind.Basic
            ? area * inputs * BottleneckWidth + area * BottleneckWidth * Width
            : (long)inputs * BottleneckWidth + area * BottleneckWidth * BottleneckWidth + (long)BottleneckWidth * Width);
    }

    internal bool IsValid => Width > 0 && BottleneckWidth > 0 && Stride > 0
        && (Kernel == 3 || (Kernel == 0 && Stride == 1 && Kind == BlockKind.Bottleneck));
}

[JsonConverter(typeof(JsonStringEnumConverter<BlockKind>))]
public enum BlockKind
{
    /// <summary>1x1, 3x3, 1x1.</summary>
    Bottleneck,

    /// <summary>3x3, 3x3.</summary>
    Basic,
}
