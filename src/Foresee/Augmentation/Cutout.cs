namespace Foresee.Augmentation;

/// <summary>
/// A square of the patch set to its fill value. The side is uniform in 0 .. Share of the patch's side, the centre anywhere in the
/// patch, so part of the square may lie outside (DeVries and Taylor 2017; AutoAugment: 0 to 60 of 331 px; 1/3 is usual for CPC).
/// </summary>
public sealed record Cutout(double Share = 1.0 / 3) : IPatchTransform
{
    public void Change(PatchPixels patch, ref PatchRandom random)
    {
        var half = random.Between(0, Share * patch.Side / 2);
        var across = random.Uniform() * patch.Side;
        Apply(patch, half, across, random.Uniform() * patch.Side);
    }

    /// <param name="half">Of the side, in pixels.</param>
    /// <param name="across">The centre, in pixels from the patch's left edge.</param>
    /// <param name="down">From its top.</param>
    internal static void Apply(PatchPixels patch, float half, float across, float down)
    {
        var (left, right) = Span(half, patch.Side, across);
        var (top, bottom) = Span(half, patch.Side, down);
        for (var c = 0; c < patch.Channels; c++)
            for (var y = top; y < bottom; y++)
                patch.Plane(c)[(y * patch.Side + left)..(y * patch.Side + right)].Fill(patch.Fill);
    }

    /// <summary>The pixels whose centres lie inside.</summary>
    private static (int From, int To) Span(float half, int side, float centre)
    {
        var from = Math.Clamp((int)MathF.Round(centre - half), 0, side);
        return (from, Math.Clamp((int)MathF.Round(centre + half), from, side));
    }
}
