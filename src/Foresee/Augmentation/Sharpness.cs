namespace Foresee.Augmentation;

/// <summary>
/// s + f · (v - s), s the view smoothed by [1 1 1; 1 5 1; 1 1 1] / 13, f uniform in 1-Strength .. 1+Strength: below 1 blurs, above
/// sharpens. The outermost pixels stay (PIL's ImageEnhance.Sharpness; AutoAugment: 0.9).
/// </summary>
public sealed record Sharpness(double Strength = 0.9) : IValueChange
{
    public void Change(in ViewPixels view, ref ViewRandom random) => Apply(view, 1 + random.Around(Strength));

    internal static void Apply(in ViewPixels view, float factor)
    {
        for (var c = 0; c < view.Channels; c++) Sharpen(view, view.Plane(c), factor);
        view.Clamp();
    }

    private static void Sharpen(in ViewPixels view, Span<float> plane, float factor)
    {
        const float Share = 1 / 13f;
        var (height, width) = (view.Height, view.Width);
        var before = view.Scratch[..plane.Length];
        plane.CopyTo(before);
        Span<float> column = stackalloc float[width], inner = stackalloc float[Math.Max(0, width - 2)];
        for (var y = 1; y < height - 1; y++)
        {
            // f · v + (1 - f) / 13 · (the 3 x 3 square + 4 v), each added up along the row
            var here = before.Slice(y * width, width);
            here.CopyTo(column);
            Pixels.Add(column, before[((y - 1) * width)..], 1);
            Pixels.Add(column, before[((y + 1) * width)..], 1);
            inner.Clear();
            Pixels.Add(inner, here[1..], factor + 4 * Share * (1 - factor));
            for (var x = 0; x < 3; x++) Pixels.Add(inner, column[x..], Share * (1 - factor));
            inner.CopyTo(plane.Slice(y * width + 1, inner.Length));
        }
    }
}
