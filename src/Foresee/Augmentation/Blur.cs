namespace Foresee.Augmentation;

/// <summary>
/// Gaussian blur of deviation σ pixels, uniform in 0.1 .. Std, with a kernel that reaches 2σ and the patch mirrored at its edge
/// (torchvision's gaussian_blur).
/// </summary>
public sealed record Blur(double Std = 1) : IPatchTransform
{
    private const double Least = 0.1;

    public void Change(PatchPixels patch, ref PatchRandom random) => Apply(patch, random.Between(Math.Min(Least, Std), Std));

    internal static void Apply(PatchPixels patch, float deviation)
    {
        var reach = Math.Min((int)MathF.Ceiling(2 * deviation), patch.Side - 1);
        Span<float> kernel = stackalloc float[2 * reach + 1];
        for (var i = 0; i < kernel.Length; i++) kernel[i] = MathF.Exp(-(i - reach) * (i - reach) / (2 * deviation * deviation));
        var sum = Pixels.Mean(kernel) * kernel.Length;
        foreach (ref var weight in kernel) weight /= sum;
        Span<float> wide = stackalloc float[patch.Side + 2 * reach];
        for (var c = 0; c < patch.Channels; c++) Smooth(patch.Plane(c), patch.Scratch, wide, patch.Side, kernel);
        patch.Clamp();
    }

    private static void Smooth(Span<float> plane, Span<float> across, Span<float> wide, int side, ReadOnlySpan<float> kernel)
    {
        var reach = kernel.Length / 2;
        for (var y = 0; y < side; y++)
        {
            var row = plane.Slice(y * side, side);
            row.CopyTo(wide[reach..]);
            for (var i = 1; i <= reach; i++) (wide[reach - i], wide[reach + side - 1 + i]) = (row[i], row[^(i + 1)]); // mirrored about the edge pixel
            var to = across.Slice(y * side, side);
            to.Clear();
            for (var k = 0; k < kernel.Length; k++) Pixels.Add(to, wide[k..], kernel[k]);
        }
        for (var y = 0; y < side; y++)
        {
            var row = plane.Slice(y * side, side);
            row.Clear();
            for (var k = 0; k < kernel.Length; k++) Pixels.Add(row, across.Slice(Mirrored(y + k - reach, side) * side, side), kernel[k]);
        }
    }

    private static int Mirrored(int i, int count) => i < 0 ? -i : i >= count ? 2 * (count - 1) - i : i;
}
