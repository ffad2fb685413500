using Foresee.Encoders;
using Foresee.Images;
using Foresee.Methods;
using Foresee.Patches;
using Foresee.Training;

namespace Foresee.Recipes;

/// <summary>Looks at some images from all over the source and chooses a crop that 19 of 20 fill, 7 x 7 half-overlapping patches, the encoder for that patch and the time, and says why.</summary>
public static class AnyFolder
{
    private const int SmallOnes = 20; // one in so many may be smaller than the crop, and is left out and named
    private const int LargestBatch = 32;
    private const int LargestCrop = 128; // beyond it the cost grows faster than what a small encoder learns

    public static PretrainOptions CpcV2(IImageSource images)
    {
        var survey = ImageSurvey.Of(images);
        var (sides, channels) = (survey.Sides, survey.Channels);
        var shortest = sides[(sides.Count - 1) / SmallOnes];
        var stride = Math.Min(shortest, LargestCrop) / 8;
        if (stride < 2) throw new ImageDataException($"The small images of {images.Name} have a side of {shortest} px; at least 16 px are needed for a grid of patches.");
        var grid = new GridGeometry(8 * stride, 8 * stride, 2 * stride, stride);
        var encoder = PatchEncoderOptions.Small(channels, grid.Patch);
        var minutes = Minutes(images.Count);
        var usable = survey.Usable(images.Count, grid.Height);
        var pixels = PixelStatistics.Of(images, new(grid.Height, grid.Width, channels) { Window = survey.Window });
        return new("folder",
            new CpcV2Options
            {
                Grid = grid,
                Encoder = encoder,
                Augmentation = new() { Translation = 0, ColourDrop = 0.25 },
                ContextDepth = 5,
                Mean = pixels.Mean,
                Std = pixels.Std,
                Window = survey.Window,
            },
            new TrainingOptions { Budget = new(Minutes: minutes), BatchSize = Math.Clamp(usable, 2, LargestBatch), LearningRate = 1e-3 })
        {
            Reasons =
            [
                $"{grid.Height} px: of {sides.Count} images looked at {sides.Count(side => side >= shortest)} have sides of {shortest} px or more{(shortest > LargestCrop ? $"; more than {LargestCrop} px cost more than a small encoder learns from them" : "; 7 x 7 half-overlapping patches need a multiple of 8")}",
                $"patches of {grid.Patch} px at stride {grid.Stride}: each half covers its neighbour, predictions begin at offset {grid.FirstOffsetWithoutSharedPixels}, where no pixel is shared",
                channels switch
                {
                    1 => "grey: no image has colour",
                    3 => "colour: images have three channels",
                    _ => $"{channels} channels: so many have {sides.Count} of {survey.Looked} images looked at",
                },
                $"an encoder of {encoder.Blocks.Count} blocks, {encoder.Features}-d: the small one for such patches",
                .. usable < LargestBatch ? [$"all {usable} images in a batch, where {LargestBatch} would be compared; so few teach little"] : Array.Empty<string>(),
            ],
            BudgetReason = $"{minutes} minutes: {images.Count:N0} images; --minutes, --epochs or --images sets another length",
        };
    }

    /// <summary>A small set is learnt by heart before long; a large one needs time to be seen at all.</summary>
    private static int Minutes(int images) => images < 2_000 ? 10 : images < 30_000 ? 30 : 60;
}
