namespace Foresee.Augmentation;

/// <summary>
/// The view shows a part of the image whose area is uniform in LeastArea .. MostArea of the whole and whose ratio of width to height is
/// drawn evenly over its logarithm. Ten pairs are drawn, the first that fits is taken, its place uniform; if none fits, the largest part in
/// the middle whose ratio is allowed (torchvision's RandomResizedCrop; the view's own size is that of its format).
/// </summary>
public sealed record RandomResizedCrop(double LeastArea = 0.08, double MostArea = 1, double LeastRatio = 3.0 / 4,
    double MostRatio = 4.0 / 3) : IPixelMove
{
    private const int Attempts = 10;

    public void Move(Warp warp, ref ViewRandom random)
    {
        var whole = warp.Window;
        var part = Draw(whole.Height, whole.Width, ref random);
        warp.Window = part with { Top = whole.Top + part.Top, Left = whole.Left + part.Left };
    }

    internal Window Draw(int height, int width, ref ViewRandom random)
    {
        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            var area = random.Between(LeastArea, MostArea) * height * width;
            var ratio = Math.Exp(random.Between(Math.Log(LeastRatio), Math.Log(MostRatio)));
            var (down, across) = ((int)Math.Round(Math.Sqrt(area / ratio)), (int)Math.Round(Math.Sqrt(area * ratio)));
            if (down is > 0 && down <= height && across is > 0 && across <= width)
                return new(random.Below(height - down + 1), random.Below(width - across + 1), down, across);
        }
        return Middle(height, width);
    }

    private Window Middle(int height, int width)
    {
        var ratio = (double)width / height;
        var (down, across) = ratio < LeastRatio ? ((int)Math.Round(width / LeastRatio), width)
            : ratio > MostRatio ? (height, (int)Math.Round(height * MostRatio))
            : (height, width);
        return new((height - down) / 2, (width - across) / 2, down, across);
    }
}
