using Foresee.Encoders;
using Foresee.Images;
using Foresee.Methods;
using Foresee.Training;

namespace Foresee.Recipes;

/// <summary>32 x 32 colour photographs, 50,000 without labels. About an hour on two cores.</summary>
public static class Cifar10
{
    public static PretrainOptions CpcV2(IImageSource images)
    {
        var pixels = PixelStatistics.Of(images, new(Height: 32, Width: 32, Channels: 3));
        return new("cifar10",
            new CpcV2Options
            {
                Grid = new(Height: 32, Width: 32, Patch: 8, Stride: 4),
                Encoder = PatchEncoderOptions.PatchEmbedding(channels: 3, patch: 8, features: 512) with { Whitening = 0.1 },
                Augmentation = new() { ColourDrop = 0.25, Greyscale = 0.25, Hue = 0.1, Saturation = 0.4 },
                CandidateImages = 16,
                ContextBottleneckWidth = 32,
                Mean = pixels.Mean,
                Std = pixels.Std,
            },
            // 5e-3 is a little better in 16,000 passes, but a run of two million stalled at it from the fourth pass over the images on and diverged in the tenth.
            new TrainingOptions { Budget = new(Minutes: 57), BatchSize = 32, LearningRate = 2e-3, Beta2 = 0.99, MaximumGradientNorm = 10 });
    }
}
