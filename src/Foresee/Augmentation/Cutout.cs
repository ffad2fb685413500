namespace Foresee.Augmentation;

/// <summary>
/// A rectangle of the view set to its fill value, a square where the view is one. Its sides are the same share of the view's, uniform in
/// Least .. Share; its centre lies anywhere in the view, so part of it may lie outside (DeVries and Taylor 2017; AutoAugment: 0 to 60 of
/// 331 px; 1/3 is usual for CPC).
/// </summary>
public sealed record Cutout(double Share = 1.0 / 3, double Least = 0) : IValueChange
{
    public void Change(in ViewPixels view, ref ViewRandom random)
    {
        var uniform = random.Uniform();
        var (halfWidth, halfHeight) = (Half(view.Width, uniform), Half(view.Height, uniform));
        var across = random.Uniform() * view.Width;
        Apply(view, halfWidth, halfHeight, across, random.Uniform() * view.Height);
    }

    /// <param name="halfWidth">In pixels.</param>
    /// <param name="halfHeight">In pixels.</param>
    /// <param name="across">The centre, in pixels from the view's left edge.</param>
    /// <param name="down">From its top.</param>
    internal static void Apply(in ViewPixels view, float halfWidth, float halfHeight, float across, float down)
    {
        var (left, right) = Span(halfWidth, view.Width, across);
        var (top, bottom) = Span(halfHeight, view.Height, down);
        for (var c = 0; c < view.Channels; c++)
            for (var y = top; y < bottom; y++)
                view.Plane(c)[(y * view.Width + left)..(y * view.Width + right)].Fill(view.Fill);
    }

    private float Half(int side, float uniform)
    {
        var (least, most) = (Least * side / 2, Share * side / 2);
        return (float)(least + (most - least) * uniform);
    }

    /// <summary>The pixels whose centres lie inside.</summary>
    private static (int From, int To) Span(float half, int side, float centre)
    {
        var from = Math.Clamp((int)MathF.Round(centre - half), 0, side);
        return (from, Math.Clamp((int)MathF.Round(centre + half), from, side));
    }
}
