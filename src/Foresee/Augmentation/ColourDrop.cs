namespace Foresee.Augmentation;

/// <summary>What stands in the channels that are dropped.</summary>
public enum DroppedChannels
{
    /// <summary>The kept one, so that the view keeps its brightness and its edges in every channel.</summary>
    Copied,

    /// <summary>Black.</summary>
    Black,
}

/// <summary>
/// Keeps one channel of a view, chosen at random, and drops the others, so that colour can't give a neighbouring patch away
/// (Hénaff et al. 2020, the step "RC", which leaves open what the others become).
/// </summary>
public sealed record ColourDrop(double Probability = 1, DroppedChannels Dropped = DroppedChannels.Copied) : IValueChange
{
    public bool Suits(int channels) => channels > 1;

    public void Change(in ViewPixels view, ref ViewRandom random)
    {
        if (!random.Chance(Probability)) return;
        var kept = random.Below(view.Channels);
        for (var c = 0; c < view.Channels; c++)
        {
            if (c == kept) continue;
            if (Dropped == DroppedChannels.Copied) view.Plane(kept).CopyTo(view.Plane(c));
            else view.Plane(c).Clear();
        }
    }
}
