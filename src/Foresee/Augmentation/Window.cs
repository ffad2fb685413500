namespace Foresee.Augmentation;

/// <summary>A rectangle of an image, in pixels; a view shows it. It may reach beyond the image.</summary>
public readonly record struct Window(int Top, int Left, int Height, int Width)
{
    internal bool LiesIn(int height, int width) => Top >= 0 && Left >= 0 && Top + Height <= height && Left + Width <= width;

    /// <summary>What of it lies in the image.</summary>
    internal Window Within(int height, int width)
    {
        var (top, left) = (Math.Clamp(Top, 0, height - 1), Math.Clamp(Left, 0, width - 1));
        return new(top, left, Math.Max(1, Math.Min(Top + Height, height) - top), Math.Max(1, Math.Min(Left + Width, width) - left));
    }
}

/// <summary>What stands where there is no image.</summary>
public enum EdgeFill
{
    /// <summary>One value, for instance black where the background is black.</summary>
    Black = 0,

    /// <summary>The image mirrored at its edge, right for photographs.</summary>
    Mirror = 2,
}
