using System.Numerics;

namespace Foresee.Augmentation;

/// <summary>Mirrors top to bottom with a probability; for images without an upside, such as those from above.</summary>
public sealed record VerticalFlip(double Probability = 0.5) : IPixelMove
{
    private static readonly Matrix3x2 mirror = Matrix3x2.CreateScale(1, -1);

    public void Move(Warp warp, ref ViewRandom random)
    {
        if (random.Chance(Probability)) warp.Compose(mirror);
    }
}
