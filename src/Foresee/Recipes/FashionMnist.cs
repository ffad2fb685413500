using Foresee.Encoders;
using Foresee.Images;
using Foresee.Methods.Cpc;
using Foresee.Torch.Optimisers;
using Foresee.Training;

namespace Foresee.Recipes;

/// <summary>28 x 28 grey photographs of clothes, 60,000 without labels.</summary>
public static class FashionMnist
{
    public const string Name = "fashion-mnist";

    public static DataProfile Profile(IImageSource images) =>
        PixelStatistics.Profile(Name, images, images.Count, new(Height: 28, Width: 28, Channels: 1)) with { Upright = true };

    public static PretrainOptions CpcV2(DataProfile data) => new(Name, data.Input,
        new CpcV2Options
        {
            Encoder = new(Patch: 8, Stride: 4, PatchEncoderOptions.PatchEmbedding(channels: 1, patch: 8) with { Whitening = 0.1 }),
            Augmentation = new() { Brightness = 0.7, Lightness = 0.3, Contrast = 0 },
            CandidateImages = 16,
            ContextBottleneckWidth = 32,
            ContextDepth = 3, // all rows above that predict anything
        },
        new TrainingOptions { Budget = new(Minutes: 8.4), BatchSize = 32, Optimiser = new(OptimiserKind.AdamW, 6e-3) { Beta2 = 0.99 } });
}
