namespace Foresee.Augmentation;

/// <summary>
/// Keeps one channel of a patch, chosen at random, and drops the others, so that colour can't give the neighbour away
/// (Hénaff et al. 2020, the step "RC"). Dropped channels take the value of the kept one, which keeps the patch's brightness.
/// </summary>
public sealed record ColourDrop(double Probability = 1) : IPatchTransform
{
    public bool Suits(int channels) => channels > 1;

    public void Change(PatchPixels patch, ref PatchRandom random)
    {
        if (!random.Chance(Probability)) return;
        var kept = random.Below(patch.Channels);
        for (var c = 0; c < patch.Channels; c++)
            if (c != kept) patch.Plane(kept).CopyTo(patch.Plane(c));
    }
}
