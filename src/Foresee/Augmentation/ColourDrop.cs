namespace Foresee.Augmentation;

/// <summary>What stands in the channels that are dropped.</summary>
public enum DroppedChannels
{
    /// <summary>The kept one, so that the patch keeps its brightness and its edges in every channel.</summary>
    Copied,

    /// <summary>Black.</summary>
    Black,
}

/// <summary>
/// Keeps one channel of a patch, chosen at random, and drops the others, so that colour can't give the neighbour away
/// (Hénaff et al. 2020, the step "RC", which leaves open what the others become).
/// </summary>
public sealed record ColourDrop(double Probability = 1, DroppedChannels Dropped = DroppedChannels.Copied) : IPatchTransform
{
    public bool Suits(int channels) => channels > 1;

    public void Change(PatchPixels patch, ref PatchRandom random)
    {
        if (!random.Chance(Probability)) return;
        var kept = random.Below(patch.Channels);
        for (var c = 0; c < patch.Channels; c++)
        {
            if (c == kept) continue;
            if (Dropped == DroppedChannels.Copied) patch.Plane(kept).CopyTo(patch.Plane(c));
            else patch.Plane(c).Clear();
        }
    }
}
