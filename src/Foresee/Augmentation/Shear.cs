namespace Foresee.Augmentation;

/// <summary>
/// source x = x + a · y, source y = y + b · x from the centre, a uniform in -Across .. Across and b in -Down .. Down (AutoAugment: 0.3
/// in one direction; it shears about the corner, which moves the view as well).
/// </summary>
public sealed record Shear(double Across = 0.3, double Down = 0) : IPixelMove
{
    public void Move(Warp warp, ref ViewRandom random) => Apply(warp, random.Around(Across), random.Around(Down));

    internal static void Apply(Warp warp, float across, float down) => warp.Compose(new(1, down, across, 1, 0, 0));
}
