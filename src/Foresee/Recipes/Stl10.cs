using Foresee.Encoders;
using Foresee.Images;
using Foresee.Methods;
using Foresee.Training;

namespace Foresee.Recipes;

/// <summary>100,000 unlabelled and 5,000 labelled colour photographs of 96 px; random crops of 64, as all published CPC results on it (Löwe et al. 2019). Not yet tuned.</summary>
public static class Stl10
{
    private const int Crop = 64, Whole = 96;

    public static PretrainOptions CpcV2(IImageSource images)
    {
        var pixels = PixelStatistics.Of(images, new(Crop, Crop, Channels: 3));
        return new("stl10",
            new CpcV2Options
            {
                Grid = new(Crop, Crop, Patch: 16, Stride: 8),
                Encoder = PatchEncoderOptions.Small16(channels: 3),
                Augmentation = new() { Margin = Whole - Crop, ColourDrop = 0.25 },
                CandidateImages = 16,
                Offsets = [2, 3, 4],
                Mean = pixels.Mean,
                Std = pixels.Std,
            },
            new TrainingOptions { Budget = new(Minutes: 60), BatchSize = 32, LearningRate = 1e-3, Beta2 = 0.99 });
    }
}
