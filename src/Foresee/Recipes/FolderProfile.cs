using Foresee.Encoders;
using Foresee.Images;

namespace Foresee.Recipes;

/// <summary>Looks at some images from all over the source and chooses a size that 19 of 20 fill, and channels, and says why.</summary>
public static class FolderProfile
{
    public const string Name = "folder";
    private const int SmallOnes = 20; // one in so many may be smaller than the crop, and is left out and named
    private const int Largest = 128; // beyond it the cost grows faster than what a small encoder learns
    // pixels of which the side is a multiple: for half-overlapping patches, and for maps that are halved three times
    private const int Grid = 8;
    private const int Least = 2 * Grid;
    private const double Alike = 1.0 / 255; // images nearer to each other than a grey level, on average, are the same picture

    public static DataProfile Of(IImageSource images)
    {
        var survey = ImageSurvey.Of(images);
        var (sides, channels) = (survey.Sides, survey.Channels);
        var shortest = sides[(sides.Count - 1) / SmallOnes];
        if (shortest < Least)
            throw new ImageDataException($"The small images of {images.Name} have a side of {shortest} px; at least {Least} px are needed "
                + "for a grid of patches.");
        var side = Math.Min(shortest, Largest) / Grid * Grid;
        var usable = survey.Usable(images.Count, side);
        if (usable < 2)
            throw new ImageDataException($"{usable} of the {images.Count} images of {images.Name} can be learnt from; pretraining "
                + $"compares "
                + "images with each other "
                + "and needs at least 2, better some hundred. Add images.");
        var seen = PixelStatistics.Profile(Name, images, usable, new(side, side, channels) { Window = survey.Window });
        return seen with
        {
            Reasons = [
                $"{side} px: of {sides.Count} images looked at {sides.Count(s => s >= shortest)} have sides of {shortest} px or more; "
                    + (shortest > Largest ? $"more than {Largest} px cost more than a small encoder learns from them"
                        : $"a multiple of {Grid} divides into patches that overlap by half, and can be halved three times"),
                channels switch
                {
                    1 => "grey: no image has colour",
                    3 => "colour: images have three channels",
                    _ => $"{channels} channels: so many have {sides.Count} of {survey.Looked} images looked at",
                },
                .. seen.Upright ? Array.Empty<string>() : ["no upside: on average the images look the same upside down, as from above"],
            ],
            Warnings = [.. Warnings(images, seen.Input, survey.Mixed)],
        };
    }

    private static IEnumerable<string> Warnings(IImageSource images, InputFormat input, bool mixed)
    {
        if (mixed)
            yield return "some images have 8 bits and some 16: 0 to 65535 become 0 to 255, so that a picture is the same in both; "
                + "images of 16 bits that use a small part of that range come out dark, keep them in a folder of their own";
        if (PixelStatistics.Between(images, input) < Alike) yield return "the images are all alike, or nearly so; nothing can be "
            + "learnt from them";
    }
}
