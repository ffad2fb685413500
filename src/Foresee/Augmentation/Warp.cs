using System.Numerics;

namespace Foresee.Augmentation;

/// <summary>
/// Where the pixels of a view come from: a window of the image, then one affine map from the changed view back to what the window shows,
/// and a field of displacements before it, however many changes were composed. In pixels from the view's centre, x to the right, y down:
/// <code>source = M · (target + field(target)) + t</code>
/// </summary>
/// <param name="height">Of the view.</param>
/// <param name="width">Of the view.</param>
public sealed class Warp(int height, int width)
{
    private float[] across = [], down = []; // made when first asked for
    private bool isMoved; // most patches aren't, and then nothing else is asked

    public int Height => height;

    public int Width => width;

    /// <summary>What of the image the view shows; of another size than the view it is resized.</summary>
    public Window Window { get; set; } = new(0, 0, height, width);

    /// <summary>M and t, a row vector times it: (x y 1).</summary>
    public Matrix3x2 Map { get; private set; } = Matrix3x2.Identity;

    /// <summary>Whether there are displacements.</summary>
    public bool IsElastic { get; private set; }

    /// <summary>Displacement to the right of every pixel of the changed view, [height, width].</summary>
    public Span<float> Across => Field(ref across);

    /// <summary>Displacement downwards.</summary>
    public Span<float> Down => Field(ref down);

    /// <summary>Every pixel stays, or all are mirrored or turned by right angles: nothing to resample.</summary>
    public bool IsWhole => !isMoved || (!IsElastic && Map is { M31: 0, M32: 0 }
        && (Map is { M12: 0, M21: 0, M11: 1 or -1, M22: 1 or -1 }
        || (Map is { M11: 0, M22: 0, M12: 1 or -1, M21: 1 or -1 } && height == width)));

    /// <summary>What the map does where it only mirrors and turns by right angles.</summary>
    internal Orientation Orientation => !isMoved || !IsWhole ? default : Map.M11 != 0
        ? new(Mirrored: Map.M11 < 0, UpsideDown: Map.M22 < 0, Transposed: false)
        : new(Mirrored: Map.M21 < 0, UpsideDown: Map.M12 < 0, Transposed: true);

    private static readonly Matrix3x2 mirror = Matrix3x2.CreateScale(-1, 1);

    /// <summary>Back to no change.</summary>
    /// <param name="window">What of the image the view shows unless a change crops it.</param>
    public void Clear(Window window) => (Window, Map, IsElastic, isMoved) = (window, Matrix3x2.Identity, false, false);

    /// <summary>Left to right.</summary>
    public void Mirror() => Compose(mirror);

    /// <summary>Adds a change that comes after those so far.</summary>
    /// <param name="back">From the changed view to the view before this change.</param>
    public void Compose(Matrix3x2 back) => (Map, isMoved) = (back * Map, true);

    /// <summary>Of as many pixels as fit, the last of which may lie beyond the view.</summary>
    internal (Vector<float> Across, Vector<float> Down) Displacement(int at) => (new(across, at), new(down, at));

    /// <summary>Takes what was written into <see cref="Across"/> and <see cref="Down"/> into account; for one field per view.</summary>
    public void Displace() => IsElastic = isMoved = true;

    private Span<float> Field(ref float[] field)
    {
        if (field.Length == 0) field = new float[height * width + Vector<float>.Count];
        return field.AsSpan(0, height * width);
    }
}

/// <summary>How a view lies in its window: mirrored left to right, then top to bottom, then rows and columns exchanged.</summary>
internal readonly record struct Orientation(bool Mirrored, bool UpsideDown, bool Transposed);
