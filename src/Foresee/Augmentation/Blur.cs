namespace Foresee.Augmentation;

/// <summary>
/// Gaussian blur of deviation σ pixels, uniform in 0.1 .. Deviation, with a kernel that reaches 2σ and the patch mirrored at its edge
/// (torchvision's gaussian_blur).
/// </summary>
public sealed record Blur(double Deviation = 1) : IPatchTransform
{
    private const double Least = 0.1;

    public void Change(PatchPixels patch, ref PatchRandom random) => Apply(patch, random.Between(Math.Min(Least, Deviation), Deviation));

    internal static void Apply(PatchPixels patch, float deviation)
    {
        var reach = Math.Min((int)MathF.Ceiling(2 * deviation), patch.Side - 1);
        Span<float> kernel = stackalloc float[2 * reach + 1];
        for (var i = 0; i < kernel.Length; i++) kernel[i] = MathF.Exp(-(i - reach) * (i - reach) / (2 * deviation * deviation));
        var sum = Pixels.Mean(kernel) * kernel.Length;
        foreach (ref var weight in kernel) weight /= sum;
        for (var c = 0; c < patch.Channels; c++)
        {
            var plane = patch.Plane(c);
            var across = patch.Scratch[..plane.Length];
            for (var line = 0; line < patch.Side; line++) Smooth(plane[(line * patch.Side)..], across[(line * patch.Side)..], step: 1, patch.Side, kernel);
            for (var line = 0; line < patch.Side; line++) Smooth(across[line..], plane[line..], step: patch.Side, patch.Side, kernel);
        }
    }

    /// <summary>One line of pixels, `step` apart.</summary>
    private static void Smooth(ReadOnlySpan<float> from, Span<float> to, int step, int count, ReadOnlySpan<float> kernel)
    {
        var reach = kernel.Length / 2;
        for (var i = 0; i < count; i++)
        {
            var sum = 0f;
            for (var k = 0; k < kernel.Length; k++) sum += kernel[k] * from[Mirrored(i + k - reach, count) * step];
            to[i * step] = sum;
        }
    }

    /// <summary>... 2 1 | 0 1 2 3 | 2 1 ...: the edge pixel itself is not repeated.</summary>
    private static int Mirrored(int i, int count) => i < 0 ? -i : i >= count ? 2 * (count - 1) - i : i;
}
