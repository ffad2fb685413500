using Foresee.Encoders;
using Foresee.Images;
using Foresee.Methods;
using Foresee.Patches;
using Foresee.Training;

namespace Foresee.Recipes;

/// <summary>Image网 (fastai): 14,669 labelled photographs of 20 classes, 7,750 unlabelled ones, 3,929 of 10 of the classes to validate. Labels of unsup/ do not exist, val/ is for the end. Not yet tuned.</summary>
public static class Imagewang
{
    public static PretrainOptions CpcV2At96(IImageSource images) => At(images, "imagewang-96", new(Height: 96, Width: 96, Patch: 24, Stride: 12));

    public static PretrainOptions CpcV2At128(IImageSource images) => At(images, "imagewang-128", new(Height: 128, Width: 128, Patch: 32, Stride: 16));

    private static PretrainOptions At(IImageSource images, string name, GridGeometry grid)
    {
        var pixels = PixelStatistics.Of(images, grid.Height, grid.Width, channels: 3);
        return new(name,
            new CpcV2Options
            {
                Grid = grid,
                Encoder = PatchEncoderOptions.Small32(channels: 3),
                Augmentation = new() { Translation = 2, ColourDrop = 0.25 },
                CandidateImages = 16,
                Offsets = [2, 3, 4],
                Mean = pixels.Mean,
                Deviation = pixels.Deviation,
            },
            new TrainingOptions { Budget = new(Minutes: 60), BatchSize = 32, LearningRate = 1e-3, Beta2 = 0.99 });
    }
}
