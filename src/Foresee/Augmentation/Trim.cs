namespace Foresee.Augmentation;

/// <summary>
/// Of the patch only a window at a random place is seen; it is put into the middle, and the rest is filled. What the edges of neighbouring
/// patches share then no longer stands at known places (van den Oord et al. 2018: 60 x 60 of 64 x 64 px).
/// </summary>
/// <param name="Share">Of the side that is cut off, rounded up to whole pixels.</param>
public sealed record Trim(double Share = 4.0 / 64) : IPatchTransform
{
    public void Move(PatchWarp warp, ref PatchRandom random)
    {
        var lost = Lost(warp.Side);
        Shift.Apply(warp, lost / 2 - random.Below(lost + 1), lost / 2 - random.Below(lost + 1));
    }

    public void Change(PatchPixels patch, ref PatchRandom random)
    {
        var lost = Lost(patch.Side);
        var (from, to) = (lost / 2, patch.Side - (lost - lost / 2));
        for (var c = 0; c < patch.Channels; c++)
            for (var y = 0; y < patch.Side; y++)
            {
                var row = patch.Plane(c).Slice(y * patch.Side, patch.Side);
                if (y < from || y >= to) row.Fill(patch.Fill);
                row[..from].Fill(patch.Fill);
                row[to..].Fill(patch.Fill);
            }
    }

    private int Lost(int side) => (int)Math.Ceiling(Share * side);
}
