using Foresee.Images;
using Foresee.Methods;
using Foresee.Patches;
using Foresee.Training;

namespace Foresee.Recipes;

/// <summary>
/// Image网 (fastai): 14,669 labelled photographs of 20 classes, 7,750 unlabelled ones, 3,929 of 10 of the classes to validate. Labels of unsup/ do not exist, val/ is for the end.
/// An hour on two cores. Words of 16 px at every 8, then a block with a 3x3 convolution over the words of a patch: what was tried on held-out training images is in docs/log.md; at 128 px nothing was.
/// </summary>
public static class Imagewang
{
    public static PretrainOptions CpcV2At96(IImageSource images) => At(images, "imagewang-96", new(Height: 96, Width: 96, Patch: 32, Stride: 16));

    public static PretrainOptions CpcV2At128(IImageSource images) => At(images, "imagewang-128", new(Height: 128, Width: 128, Patch: 32, Stride: 16));

    private static PretrainOptions At(IImageSource images, string name, GridGeometry grid)
    {
        var pixels = PixelStatistics.Of(images, new(grid.Height, grid.Width, Channels: 3));
        return new(name,
            new CpcV2Options
            {
                Grid = grid,
                Encoder = new(Channels: 3, Stem: 512, StemKernel: 16, StemStride: 8, [new(512, 128), new(512, 512, Kernel: 0)]) { Whitening = 0.1 },
                Augmentation = new() { ColourDrop = 0.25, Greyscale = 0.25, Hue = 0.1, Saturation = 0.4 },
                CandidateImages = 16,
                ContextBottleneckWidth = 32,
                Mean = pixels.Mean,
                Std = pixels.Std,
            },
            new TrainingOptions { Budget = new(Minutes: 60), BatchSize = 32, LearningRate = 5e-3, Beta2 = 0.99 });
    }
}
