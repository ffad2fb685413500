using Foresee.Encoders;
using Foresee.Images;
using Foresee.Methods.Cpc;
using Foresee.Torch.Optimisers;
using Foresee.Training;

namespace Foresee.Recipes;

/// <summary>32 x 32 colour photographs, 50,000 without labels. About an hour on two cores.</summary>
public static class Cifar10
{
    public const string Name = "cifar10";

    public static DataProfile Profile(IImageSource images) =>
        PixelStatistics.Profile(Name, images, images.Count, new(Height: 32, Width: 32, Channels: 3)) with { Upright = true };

    /// <remarks>
    /// A learning rate of 5e-3 is a little better in 16,000 passes, but a run of two million stalled at it from the fourth pass over the
    /// images on
    /// and diverged in the tenth.
    /// </remarks>
    public static PretrainOptions CpcV2(DataProfile data) => new(Name, data.Input,
        new CpcV2Options
        {
            Encoder = new(Patch: 8, Stride: 4, PatchEncoderOptions.PatchEmbedding(channels: 3, patch: 8,
                features: 512) with
            { Whitening = 0.1 }),
            Augmentation = new() { ColourDrop = 0.25, Greyscale = 0.25, Hue = 0.1, Saturation = 0.4 },
            CandidateImages = 16,
            ContextBottleneckWidth = 32,
        },
        new TrainingOptions
        {
            Budget = new(Minutes: 57),
            BatchSize = 32,
            Optimiser = new(OptimiserKind.AdamW, 2e-3) { Beta2 = 0.99 },
            MaximumGradientNorm = 10,
        });
}
