namespace Foresee.Augmentation;

/// <summary>Mirrors left to right with a probability.</summary>
public sealed record HorizontalFlip(double Probability = 0.5) : IPixelMove
{
    public void Move(Warp warp, ref ViewRandom random)
    {
        if (random.Chance(Probability)) warp.Mirror();
    }
}
