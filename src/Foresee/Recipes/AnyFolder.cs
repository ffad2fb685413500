using Foresee.Encoders;
using Foresee.Images;
using Foresee.Methods;
using Foresee.Patches;
using Foresee.Training;

namespace Foresee.Recipes;

/// <summary>Looks at some images from all over the source and chooses a crop that 19 of 20 fill, 7 x 7 half-overlapping patches, the encoder for that patch and the time, and says why.</summary>
public static class AnyFolder
{
    private const int Looked = 200;
    private const int SmallOnes = 20; // one in so many may be smaller than the crop, and is left out and named
    private const int LargestCrop = 128; // beyond it the cost grows faster than what a small encoder learns

    public static PretrainOptions CpcV2(IImageSource images)
    {
        var sizes = Readable(images).ToList();
        if (sizes.Count == 0) throw new ImageDataException($"None of the {Math.Min(Looked, images.Count)} images of {images.Name} that were looked at can be read; `foresee doctor` tells whether the decoder is there.");
        var shortest = sizes.Select(i => Math.Min(i.Width, i.Height)).Order().ElementAt((sizes.Count - 1) / SmallOnes);
        var channels = sizes.Max(i => i.Channels) >= 3 ? 3 : 1;
        var stride = Math.Min(shortest, LargestCrop) / 8;
        if (stride < 2) throw new ImageDataException($"The small images of {images.Name} have a side of {shortest} px; at least 16 px are needed for a grid of patches.");
        var grid = new GridGeometry(8 * stride, 8 * stride, 2 * stride, stride);
        var encoder = PatchEncoderOptions.Small(channels, grid.Patch);
        var minutes = Minutes(images.Count);
        var pixels = PixelStatistics.Of(images, grid.Height, grid.Width, channels);
        return new("folder",
            new CpcV2Options
            {
                Grid = grid,
                Encoder = encoder,
                Augmentation = new() { Translation = Math.Max(1, grid.Patch / 8), ColourDrop = 0.25 },
                ContextDepth = 5,
                Mean = pixels.Mean,
                Deviation = pixels.Deviation,
            },
            new TrainingOptions { Budget = new(Minutes: minutes), BatchSize = 32, LearningRate = 1e-3 })
        {
            Reasons =
            [
                $"{grid.Height} px: of {sizes.Count} images looked at {sizes.Count(i => Math.Min(i.Width, i.Height) >= shortest)} have sides of {shortest} px or more{(shortest > LargestCrop ? $"; more than {LargestCrop} px cost more than a small encoder learns from them" : "; 7 x 7 half-overlapping patches need a multiple of 8")}",
                $"patches of {grid.Patch} px at stride {grid.Stride}: each half covers its neighbour, predictions begin at offset {grid.FirstOffsetWithoutSharedPixels}, where no pixel is shared",
                channels == 3 ? "colour: images have three channels or more" : "grey: no image has colour",
                $"an encoder of {encoder.Blocks.Count} blocks, {encoder.Features}-d: the small one for such patches",
                $"{minutes} minutes: {images.Count:N0} images; --minutes, --epochs or --images sets another length",
            ],
        };
    }

    /// <summary>A small set is learnt by heart before long; a large one needs time to be seen at all.</summary>
    private static int Minutes(int images) => images < 2_000 ? 10 : images < 30_000 ? 30 : 60;

    private static IEnumerable<Image> Readable(IImageSource images)
    {
        var count = Math.Min(Looked, images.Count);
        for (var i = 0; i < count; i++)
        {
            Image? image = null;
            try
            {
                image = images.Read((int)((long)i * images.Count / count));
            }
            catch (UnreadableImageException)
            {
                // The run's loader names and counts it; here it only can't be measured.
            }
            if (image is not null) yield return image;
        }
    }
}
