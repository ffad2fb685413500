using System.Numerics;

namespace Foresee.Augmentation;

/// <summary>
/// Where the pixels of a patch come from: one affine map from the changed patch back to the patch, and a field of displacements
/// before it, however many changes were composed. In pixels from the patch's centre, x to the right, y down:
/// <code>source = M · (target + field(target)) + t</code>
/// </summary>
/// <param name="side">Of the patch: p.</param>
public sealed class PatchWarp(int side)
{
    private readonly float[] across = new float[side * side + Vector<float>.Count], down = new float[side * side + Vector<float>.Count];

    /// <summary>p</summary>
    public int Side => side;

    /// <summary>M and t, a row vector times it: (x y 1).</summary>
    public Matrix3x2 Map { get; private set; } = Matrix3x2.Identity;

    /// <summary>Whether there are displacements.</summary>
    public bool IsElastic { get; private set; }

    /// <summary>Displacement to the right of every pixel of the changed patch, [p, p].</summary>
    public Span<float> Across => across.AsSpan(0, side * side);

    /// <summary>Displacement downwards.</summary>
    public Span<float> Down => down.AsSpan(0, side * side);

    /// <summary>Every pixel stays, or all are mirrored left to right: nothing to resample.</summary>
    public bool IsWhole => !IsElastic && (Map == Matrix3x2.Identity || IsMirror);

    public bool IsMirror => !IsElastic && Map == mirror;

    private static readonly Matrix3x2 mirror = Matrix3x2.CreateScale(-1, 1);

    /// <summary>Back to no change.</summary>
    public void Clear() => (Map, IsElastic) = (Matrix3x2.Identity, false);

    /// <summary>Left to right.</summary>
    public void Mirror() => Compose(mirror);

    /// <summary>Adds a change that comes after those so far.</summary>
    /// <param name="back">From the changed patch to the patch before this change.</param>
    public void Compose(Matrix3x2 back) => Map = back * Map;

    /// <summary>Of as many pixels as fit, the last of which may lie beyond the patch.</summary>
    internal (Vector<float> Across, Vector<float> Down) Displacement(int at) => (new(across, at), new(down, at));

    /// <summary>Takes what was written into <see cref="Across"/> and <see cref="Down"/> into account; for one field per patch.</summary>
    public void Displace() => IsElastic = true;
}
