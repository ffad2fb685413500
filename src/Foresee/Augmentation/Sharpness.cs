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
        patch.Clamp();
    }

    private static void Sharpen(PatchPixels patch, Span<float> plane, float factor)
    {
        const float Share = 1 / 13f;
        var side = patch.Side;
        var before = patch.Scratch[..plane.Length];
        plane.CopyTo(before);
        Span<float> column = stackalloc float[side], inner = stackalloc float[Math.Max(0, side - 2)];
        for (var y = 1; y < side - 1; y++)
        {
            // f · v + (1 - f) / 13 · (the 3 x 3 square + 4 v), each added up along the row
            var here = before.Slice(y * side, side);
            here.CopyTo(column);
            Pixels.Add(column, before[((y - 1) * side)..], 1);
            Pixels.Add(column, before[((y + 1) * side)..], 1);
            inner.Clear();
            Pixels.Add(inner, here[1..], factor + 4 * Share * (1 - factor));
            for (var x = 0; x < 3; x++) Pixels.Add(inner, column[x..], Share * (1 - factor));
            inner.CopyTo(plane.Slice(y * side + 1, inner.Length));
        }
    }
}
