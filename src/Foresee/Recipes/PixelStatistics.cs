using Foresee.Encoders;
using Foresee.Images;
using Foresee.Torch;

namespace Foresee.Recipes;

/// <summary>
/// Mean and standard deviation of each channel, of pixels in 0..1, measured on up to 1,000 images, the same for every seed.
/// </summary>
public static class PixelStatistics
{
    private const int Images = 1000, ComparedImages = 64;

    /// <summary>The format with its mean and std.</summary>
    public static InputFormat Measured(IImageSource images, InputFormat input)
    {
        using var scope = TensorScope.Begin();
        var pixels = Sample(images, Images, input).Transpose(0, 1).Flatten(1);    // [C, N]
        var mean = pixels.Mean(1).ToArray<double>();
        var std = pixels.Variance(1).Sqrt().ToArray<double>();
        // A channel that never changes must not divide by zero.
        return input with { Mean = [.. mean.Select(m => Math.Round(m, 4))], Std = [.. std.Select(d => Math.Max(0.01, Math.Round(d, 4)))] };
    }

    /// <summary>
    /// How far images lie from each other: the deviation of a pixel over some images, averaged over the pixels; 0 where all are alike.
    /// </summary>
    public static double Between(IImageSource images, InputFormat input)
    {
        using var scope = TensorScope.Begin();
        return Sample(images, ComparedImages, input).Variance(0).Sqrt().Mean().ToDouble();
    }

    /// <summary>[n, C, height, width] of 0 to 1, of up to so many images, the same for every seed.</summary>
    public static Tensor Sample(IImageSource images, int count, InputFormat input)
    {
        using var loader = new ImageLoader(images,
            new LoaderOptions { BatchSize = Math.Min(count, images.Count), Seed = 0, Threads = 1, Input = input });
        using var batch = loader.Batches(default).First();
        return batch.ToTensor().To(DType.Float32) / 255;
    }
}
