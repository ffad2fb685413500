namespace Foresee.Augmentation;

/// <summary>
/// Gaussian blur of deviation σ pixels, uniform in Least .. Std, the view mirrored at its edge (torchvision's gaussian_blur).
/// </summary>
/// <param name="Kernel">Side of the kernel, share of the view's shorter side (SimCLR: 0.1); 0 for a kernel that reaches 2σ.</param>
public sealed record Blur(double Std = 1, double Least = 0.1, double Kernel = 0) : IValueChange
{
    private const int Seen = 5; // deviations, beyond which a weight is below 4 millionths of the middle one

    public void Change(in ViewPixels view, ref ViewRandom random)
    {
        var deviation = random.Between(Math.Min(Least, Std), Std);
        if (Kernel == 0) Apply(view, deviation);
        else Apply(view, deviation, Math.Max(1, (int)(Kernel * Math.Min(view.Height, view.Width)) / 2));
    }

    internal static void Apply(in ViewPixels view, float deviation) => Apply(view, deviation, (int)MathF.Ceiling(2 * deviation));

    /// <param name="reach">Pixels of the kernel on either side of the middle.</param>
    internal static void Apply(in ViewPixels view, float deviation, int reach)
    {
        reach = Math.Min(Math.Min(reach, (int)MathF.Ceiling(Seen * deviation)), Math.Min(view.Height, view.Width) - 1);
        Span<float> kernel = stackalloc float[2 * reach + 1];
        for (var i = 0; i < kernel.Length; i++) kernel[i] = MathF.Exp(-(i - reach) * (i - reach) / (2 * deviation * deviation));
        var sum = Pixels.Mean(kernel) * kernel.Length;
        foreach (ref var weight in kernel) weight /= sum;
        Span<float> wide = stackalloc float[view.Width + 2 * reach];
        for (var c = 0; c < view.Channels; c++) Smooth(view.Plane(c), view.Scratch, wide, view.Width, kernel);
        view.Clamp();
    }

    private static void Smooth(Span<float> plane, Span<float> across, Span<float> wide, int width, ReadOnlySpan<float> kernel)
    {
        var (height, reach) = (plane.Length / width, kernel.Length / 2);
        for (var y = 0; y < height; y++)
        {
            var row = plane.Slice(y * width, width);
            row.CopyTo(wide[reach..]);
            // mirrored about the edge pixel
            for (var i = 1; i <= reach; i++) (wide[reach - i], wide[reach + width - 1 + i]) = (row[i], row[^(i + 1)]);
            var to = across.Slice(y * width, width);
            to.Clear();
            for (var k = 0; k < kernel.Length; k++) Pixels.Add(to, wide[k..], kernel[k]);
        }
        for (var y = 0; y < height; y++)
        {
            var row = plane.Slice(y * width, width);
            row.Clear();
            for (var k = 0; k < kernel.Length; k++)
                Pixels.Add(row, across.Slice(Mirrored(y + k - reach, height) * width, width), kernel[k]);
        }
    }

    private static int Mirrored(int i, int count) => i < 0 ? -i : i >= count ? 2 * (count - 1) - i : i;
}
