namespace Foresee.Detection;

/// <summary>
/// A rectangle in pixels, continuous: the pixel in column 0 covers 0 to 1, so a box around one pixel has an area of 1. VOC's inclusive
/// corners (xmin, ymin, xmax, ymax), counted from 1, are the box (xmin - 1, ymin - 1, xmax, ymax), and VOC's rule of "+ 1" is the plain area.
/// </summary>
public readonly record struct Box(double Left, double Top, double Right, double Bottom)
{
    public double Width => Right - Left;

    public double Height => Bottom - Top;

    /// <summary>0 where a side is negative.</summary>
    public double Area => Math.Max(0, Width) * Math.Max(0, Height);

    /// <summary>Intersection over union, 0 to 1; 0 where neither has an area.</summary>
    public static double Overlap(Box a, Box b)
    {
        var common = a.And(b).Area;
        return common > 0 ? common / (a.Area + b.Area - common) : 0;
    }

    /// <summary>What both cover; sides may be negative where they don't meet.</summary>
    public Box And(Box other) => new(Math.Max(Left, other.Left), Math.Max(Top, other.Top), Math.Min(Right, other.Right),
        Math.Min(Bottom, other.Bottom));

    /// <summary>Its corners moved into an image.</summary>
    public Box Clip(double width, double height) => new(Math.Clamp(Left, 0, width), Math.Clamp(Top, 0, height),
        Math.Clamp(Right, 0, width), Math.Clamp(Bottom, 0, height));

    /// <summary>(x · across + right, y · down + below)</summary>
    public Box Place(double across, double down, double right = 0, double below = 0) =>
        new(Left * across + right, Top * down + below, Right * across + right, Bottom * down + below);

    /// <summary>In an image whose rows are the columns of this one.</summary>
    public Box Transposed() => new(Top, Left, Bottom, Right);

    /// <summary>In an image mirrored left to right.</summary>
    public Box Mirrored(double width) => new(width - Right, Top, width - Left, Bottom);

    /// <summary>In an image mirrored top to bottom.</summary>
    public Box Flipped(double height) => new(Left, height - Bottom, Right, height - Top);
}
