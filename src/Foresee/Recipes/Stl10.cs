using Foresee.Encoders;
using Foresee.Images;
using Foresee.Methods.Cpc;
using Foresee.Torch.Optimisers;
using Foresee.Training;

namespace Foresee.Recipes;

/// <summary>
/// 100,000 unlabelled and 5,000 labelled colour photographs of 96 px; random crops of 64, as all published CPC results on it (Löwe et al.
/// 2019). Not yet tuned.
/// </summary>
public static class Stl10
{
    private const int Crop = 64, Whole = 96;

    public const string Name = "stl10";

    public static DataProfile Profile(IImageSource images)
    {
        var seen = PixelStatistics.Profile(Name, images, images.Count, new(Crop, Crop, Channels: 3));
        return seen with { Upright = true, Input = seen.Input with { Margin = Whole - Crop } };
    }

    public static PretrainOptions CpcV2(DataProfile data) => new(Name, data.Input,
        new CpcV2Options
        {
            Encoder = new(Patch: 16, Stride: 8, PatchEncoderOptions.Small16(channels: 3)),
            Augmentation = new() { ColourDrop = 0.25 },
            CandidateImages = 16,
            Offsets = [2, 3, 4],
        },
        new TrainingOptions { Budget = new(Minutes: 60), BatchSize = 32, Optimiser = new(OptimiserKind.AdamW, 1e-3) { Beta2 = 0.99 } });
}
