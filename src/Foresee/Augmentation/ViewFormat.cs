namespace Foresee.Augmentation;

/// <summary>What views have in common: their size, what fills them where there is no image, and how their values leave.</summary>
public sealed record ViewFormat(int Height, int Width, int Channels)
{
    /// <summary>What becomes of values beyond black and white.</summary>
    public ValueRange Range { get; init; } = ValueRange.Unit;

    /// <summary>The value of what is cut out and of what moves in from outside a view, 0..1.</summary>
    public double Fill { get; init; }

    /// <summary>The value of what a window shows beyond the image, 0..1.</summary>
    public double Beyond { get; init; }

    /// <summary>Whether what lies outside is mirrored instead, in a view and beyond an image.</summary>
    public EdgeFill Edge { get; init; } = EdgeFill.Black;

    /// <summary>Per channel, of pixels in 0..1; none for 0.</summary>
    public IReadOnlyList<double> Mean { get; init; } = [];

    /// <summary>Per channel, of pixels in 0..1; none for 1.</summary>
    public IReadOnlyList<double> Std { get; init; } = [];

    /// <summary>Of one view.</summary>
    public int Values => Channels * Height * Width;
}
