using Foresee.Encoders;
using Foresee.Images;
using Foresee.Methods.Cpc;
using Foresee.Torch.Optimisers;
using Foresee.Training;

namespace Foresee.Recipes;

/// <summary>
/// Image网 (fastai): 14,669 labelled photographs of 20 classes, 7,750 unlabelled ones, 3,929 of 10 of the classes to validate. Labels of
/// unsup/ do not exist, val/ is for the end.
/// An hour on two cores. Words of 16 px at every 8, then a block with a 3x3 convolution over the words of a patch: what was tried on
/// held-out training images is in docs/log.md; at 128 px nothing was.
/// </summary>
public static class Imagewang
{
    public const string Name96 = "imagewang-96", Name128 = "imagewang-128";

    public static DataProfile Profile96(IImageSource images) => Profile(images, Name96, 96);

    public static DataProfile Profile128(IImageSource images) => Profile(images, Name128, 128);

    private static DataProfile Profile(IImageSource images, string name, int side) =>
        PixelStatistics.Profile(name, images, images.Count, new(side, side, Channels: 3)) with { Upright = true };

    public static PretrainOptions CpcV2(DataProfile data) => new(data.Name, data.Input,
        new CpcV2Options
        {
            Encoder = new(Patch: 32, Stride: 16,
                new(Channels: 3, Stem: 512, StemKernel: 16, StemStride: 8, [new(512, 128), new(512, 512, Kernel: 0)]) { Whitening = 0.1 }),
            Augmentation = new() { ColourDrop = 0.25, Greyscale = 0.25, Hue = 0.1, Saturation = 0.4 },
            CandidateImages = 16,
            ContextBottleneckWidth = 32,
        },
        new TrainingOptions { Budget = new(Minutes: 60), BatchSize = 32, Optimiser = new(OptimiserKind.AdamW, 5e-3) { Beta2 = 0.99 } });
}
