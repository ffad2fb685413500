using Foresee.Torch;

namespace Foresee.Augmentation;

/// <summary>Makes views of whole images, each changed by itself.</summary>
public sealed class ViewMaker
{
    private readonly ViewFormat format;
    private readonly Augmenter augmenter;

    /// <param name="height">Of the views, whatever the images' size.</param>
    /// <param name="width">Of the views.</param>
    /// <param name="mean">Per channel, of pixels in 0..1; null for 0.</param>
    /// <param name="std">Per channel, of pixels in 0..1; null for 1.</param>
    public ViewMaker(ImageAugmentation augmentation, int height, int width, int channels, IReadOnlyList<double>? mean = null,
        IReadOnlyList<double>? std = null)
        : this(augmentation.Changes(), new(height, width, channels) { Edge = augmentation.Edge, Mean = mean ?? [], Std = std ?? [] })
    {
    }

    /// <param name="changes">In the order in which they are applied; null holds the place of what is left out, and with it the draws of the
    /// rest.</param>
    public ViewMaker(IReadOnlyList<ITransform?> changes, ViewFormat format) => (this.format, augmenter) = (format, new(changes, format));

    /// <param name="pixels">[B, C, height, width], UInt8, or Float32 in 0..1; on the CPU</param>
    /// <param name="generator">One number of it seeds the whole batch, so each call gives other views.</param>
    /// <param name="threads">The views are the same for any number.</param>
    /// <param name="first">The place of the first image in a batch of which these are a part: they change as they would there.</param>
    /// <returns>[B, C, format's height, format's width], Float32, normalised; on the CPU</returns>
    public Tensor Make(Tensor pixels, Generator generator, int threads, int first = 0) =>
        Make(pixels, ViewRandom.SeedFrom(generator), threads, first);

    /// <summary>For a picture: the images as they are, then two views of each; every one [B, 1, 1, C, height, width] of 0 to 1.</summary>
    /// <param name="second">Of the second view; null for the same.</param>
    public static IReadOnlyList<Tensor> Examples(ImageAugmentation augmentation, ImageAugmentation? second, Tensor pixels, int height,
        int width, Generator generator)
    {
        Tensor Seen(ImageAugmentation by) =>
            new ViewMaker(by, height, width, (int)pixels.Size(1)).Make(pixels, generator, threads: 1).Unsqueeze(1).Unsqueeze(1);
        return [Seen(ImageAugmentation.None), Seen(augmentation), Seen(second ?? augmentation)];
    }

    internal Tensor Make(Tensor pixels, ulong seed, int threads, int first = 0)
    {
        Check(pixels);
        using var scope = TensorScope.Begin();
        var whole = new Window(0, 0, (int)pixels.Size(2), (int)pixels.Size(3));
        return scope.Keep(augmenter.Make(pixels.Contiguous(), (int)pixels.Size(0), image => new(image, whole), [], seed, threads, first));
    }

    private void Check(Tensor pixels)
    {
        var shape = pixels.Shape;
        if (shape.Length != 4 || shape[1] != format.Channels || shape[2] == 0 || shape[3] == 0)
            throw new ArgumentException($"Views need images of [B, {format.Channels}, height, width], got [{string.Join(", ", shape)}].");
        if (pixels.DType is not (DType.UInt8 or DType.Float32))
            throw new ArgumentException($"Views need images of UInt8 or of Float32 in 0..1, got {pixels.DType}; convert them with "
                + "To(DType.Float32) and scale them.");
        if (pixels.Device.Type != DeviceType.Cpu)
            throw new ArgumentException($"Views are made of images on the CPU, got them on {pixels.Device}; augment before moving them.");
    }
}
