using Foresee.Images;
using Foresee.Torch;

namespace Foresee.Recipes;

/// <summary>Mean and deviation of each channel, of pixels in 0..1.</summary>
public sealed record PixelStatistics(IReadOnlyList<double> Mean, IReadOnlyList<double> Std)
{
    private const int Images = 1000;

    /// <summary>Measured on up to 1,000 images, the same for every seed.</summary>
    public static PixelStatistics Of(IImageSource images, InputFormat fit)
    {
        using var scope = TensorScope.Begin();
        var pixels = Sample(images, Images, fit).Transpose(0, 1).Flatten(1);    // [C, N]
        var mean = pixels.Mean(1).ToArray<double>();
        var deviation = pixels.Variance(1).Sqrt().ToArray<double>();
        // A channel that never changes must not divide by zero.
        return new([.. mean.Select(m => Math.Round(m, 4))], [.. deviation.Select(d => Math.Max(0.01, Math.Round(d, 4)))]);
    }

    /// <summary>[n, C, height, width] of 0 to 1, of up to so many images, the same for every seed.</summary>
    internal static Tensor Sample(IImageSource images, int count, InputFormat fit)
    {
        using var loader = new ImageLoader(images, new LoaderOptions { BatchSize = Math.Min(count, images.Count), Seed = 0, Threads = 1 }.For(fit));
        using var batch = loader.Batches(default).First();
        return batch.Pixels.To(DType.Float32) / 255;
    }
}
