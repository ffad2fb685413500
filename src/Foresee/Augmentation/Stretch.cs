using System.Numerics;

namespace Foresee.Augmentation;

/// <summary>
/// Wider or narrower, and higher or lower, about the centre: for each direction a factor of its own, exp(s), s uniform in -Strength ..
/// Strength.
/// </summary>
public sealed record Stretch(double Strength = 0.15) : IPixelMove
{
    public void Move(Warp warp, ref ViewRandom random)
    {
        var across = MathF.Exp(random.Around(Strength));
        warp.Compose(Matrix3x2.CreateScale(1 / across, 1 / MathF.Exp(random.Around(Strength))));
    }
}
