namespace Foresee.Augmentation;

/// <summary>Mirrors left to right with a probability.</summary>
public sealed record HorizontalFlip(double Probability = 0.5) : IPatchTransform
{
    public void Move(PatchWarp warp, ref PatchRandom random)
    {
        if (random.Chance(Probability)) warp.Mirror();
    }
}
