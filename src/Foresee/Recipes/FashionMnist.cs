using Foresee.Encoders;
using Foresee.Images;
using Foresee.Methods;
using Foresee.Training;

namespace Foresee.Recipes;

/// <summary>28 x 28 grey photographs of clothes, 60,000 without labels.</summary>
public static class FashionMnist
{
    public static PretrainOptions CpcV2(IImageSource images)
    {
        var pixels = PixelStatistics.Of(images, new(Height: 28, Width: 28, Channels: 1));
        return new("fashion-mnist",
            new CpcV2Options
            {
                Grid = new(Height: 28, Width: 28, Patch: 8, Stride: 4),
                Encoder = PatchEncoderOptions.PatchEmbedding(channels: 1, patch: 8) with { Whitening = 0.1 },
                Augmentation = new() { Brightness = 0.7, Lightness = 0.3, Contrast = 0 },
                CandidateImages = 16,
                ContextBottleneckWidth = 32,
                ContextDepth = 3, // all rows above that predict anything
                Mean = pixels.Mean,
                Std = pixels.Std,
            },
            new TrainingOptions { Budget = new(Minutes: 8.4), BatchSize = 32, LearningRate = 6e-3, Beta2 = 0.99 });
    }
}
