namespace Foresee.Augmentation;

/// <summary>
/// s + f · (v - s), s the patch smoothed by [1 1 1; 1 5 1; 1 1 1] / 13, f uniform in 1-Strength .. 1+Strength: below 1 blurs, above
/// sharpens. The outermost pixels stay (PIL's ImageEnhance.Sharpness; AutoAugment: 0.9).
/// </summary>
public sealed record Sharpness(double Strength = 0.9) : IPatchTransform
{
    public void Change(PatchPixels patch, ref PatchRandom random) => Apply(patch, 1 + random.Around(Strength));

    internal static void Apply(PatchPixels patch, float factor)
    {
        for (var c = 0; c < patch.Channels; c++) Sharpen(patch, patch.Plane(c), factor);
    }

    private static void Sharpen(PatchPixels patch, Span<float> plane, float factor)
    {
        var side = patch.Side;
        var before = patch.Scratch[..plane.Length];
        plane.CopyTo(before);
        for (var y = 1; y < side - 1; y++)
        {
            var above = before.Slice((y - 1) * side, side);
            var here = before.Slice(y * side, side);
            var below = before.Slice((y + 1) * side, side);
            var row = plane.Slice(y * side, side);
            for (var x = 1; x < side - 1; x++)
            {
                var around = above[x - 1] + above[x] + above[x + 1] + here[x - 1] + here[x + 1] + below[x - 1] + below[x] + below[x + 1];
                var smooth = (around + 5 * here[x]) / 13;
                row[x] = Math.Clamp(smooth + factor * (here[x] - smooth), patch.Low, patch.High);
            }
        }
    }
}
