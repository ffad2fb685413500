using System.Numerics;

namespace Foresee.Augmentation;

/// <summary>
/// Turns about the centre by an angle uniform in -Degrees .. Degrees, counter-clockwise when positive (PIL's Image.rotate,
/// bilinear; AutoAugment: 30).
/// </summary>
public sealed record Rotation(double Degrees = 30) : IPixelMove
{
    public void Move(Warp warp, ref ViewRandom random) => Apply(warp, random.Around(Degrees));

    internal static void Apply(Warp warp, float degrees) => warp.Compose(Matrix3x2.CreateRotation(degrees * MathF.PI / 180));
}
