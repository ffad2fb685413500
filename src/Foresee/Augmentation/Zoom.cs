using System.Numerics;

namespace Foresee.Augmentation;

/// <summary>Larger or smaller about the centre by a factor exp(s), s uniform in -Strength .. Strength.</summary>
public sealed record Zoom(double Strength = 0.15) : IPixelMove
{
    public void Move(Warp warp, ref ViewRandom random) => Apply(warp, MathF.Exp(random.Around(Strength)));

    internal static void Apply(Warp warp, float factor) => warp.Compose(Matrix3x2.CreateScale(1 / factor));
}
