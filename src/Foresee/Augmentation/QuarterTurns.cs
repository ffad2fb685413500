using System.Numerics;

namespace Foresee.Augmentation;

/// <summary>
/// Turns by 0, 1, 2 or 3 right angles, counter-clockwise, each equally likely; a view that is no square by 0 or 2. For images without an
/// upside, such as those from above. Pixels are moved, not resampled.
/// </summary>
public sealed record QuarterTurns : IPixelMove
{
    public void Move(Warp warp, ref ViewRandom random) => Apply(warp, warp.Height == warp.Width ? random.Below(4) : 2 * random.Below(2));

    internal static void Apply(Warp warp, int turns) => warp.Compose(turns switch
    {
        1 => new(0, 1, -1, 0, 0, 0), // as Rotation by 90°, without its rounding
        2 => new(-1, 0, 0, -1, 0, 0),
        3 => new(0, -1, 1, 0, 0, 0),
        _ => Matrix3x2.Identity,
    });
}
