using System.Numerics;

namespace Foresee.Augmentation;

/// <summary>
/// Moves what a view shows by a share of its sides, uniform in -Across .. Across and -Down .. Down; what moves in is filled, so nothing
/// of the neighbours comes to be seen (AutoAugment: 150 of 331 px in one direction, whole pixels).
/// </summary>
public sealed record Shift(double Across = 0.1, double Down = 0.1) : IPixelMove
{
    public void Move(Warp warp, ref ViewRandom random) =>
        Apply(warp, random.Around(Across) * warp.Width, random.Around(Down) * warp.Height);

    internal static void Apply(Warp warp, float right, float down) =>
        warp.Compose(Matrix3x2.CreateTranslation(-MathF.Round(right), -MathF.Round(down)));
}
