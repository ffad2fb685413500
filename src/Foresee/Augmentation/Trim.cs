namespace Foresee.Augmentation;

/// <summary>
/// Of the view only a window at a random place is seen; it is put into the middle, and the rest is filled. What the edges of neighbouring
/// patches share then no longer stands at known places (van den Oord et al. 2018: 60 x 60 of 64 x 64 px).
/// </summary>
/// <param name="Share">Of the side that is cut off, rounded up to whole pixels.</param>
public sealed record Trim(double Share = 4.0 / 64) : ITransform
{
    public void Move(Warp warp, ref ViewRandom random)
    {
        var (across, down) = (Lost(warp.Width), Lost(warp.Height));
        Shift.Apply(warp, across / 2 - random.Below(across + 1), down / 2 - random.Below(down + 1));
    }

    public void Change(in ViewPixels view, ref ViewRandom random)
    {
        var (left, right) = Kept(view.Width);
        var (top, bottom) = Kept(view.Height);
        for (var c = 0; c < view.Channels; c++)
            for (var y = 0; y < view.Height; y++)
            {
                var row = view.Plane(c).Slice(y * view.Width, view.Width);
                if (y < top || y >= bottom) row.Fill(view.Fill);
                row[..left].Fill(view.Fill);
                row[right..].Fill(view.Fill);
            }
    }

    private (int From, int To) Kept(int side) => (Lost(side) / 2, side - (Lost(side) - Lost(side) / 2));

    private int Lost(int side) => (int)Math.Ceiling(Share * side);
}
