using Foresee.Augmentation;
using Foresee.Encoders;
using Foresee.Images;
using Foresee.Methods.Cpc;
using Foresee.Torch.Optimisers;
using Foresee.Training;

namespace Foresee.Recipes;

/// <summary>
/// 1.3 million photographs. The paper's system as it is known; docs/methods/cpc-v2.md tells what was published and what is a choice.
/// </summary>
/// <remarks>
/// One step of 512 images is hours of work for an ordinary machine; here it is for GPUs, and to be read. The paper's linear evaluation,
/// which fits data of
/// this size: <c>./foresee evaluate RUN ImageNet --protocol streamed --labels all --out RUN/linear</c>
/// </remarks>
public static class ImageNet
{
    private const int Worker = 16; // 32 workers with 16 images each: a worker compares its own images

    public const string Name = "imagenet/cpc-v2";

    /// <summary>Resize 300, crop 260; mean and std as everyone uses them.</summary>
    public static DataProfile Profile(IImageSource images) => new(Name, images.Count, new(Height: 260, Width: 260, Channels: 3)
    {
        Margin = 40,
        Small = SmallImages.Enlarge, // the short side of every image becomes 300
        Mean = [0.485, 0.456, 0.406],
        Std = [0.229, 0.224, 0.225],
    });

    /// <summary>6 x 6 patches of 80 px at stride 36, all published augmentation, ResNet-161, four directions.</summary>
    public static PretrainOptions CpcV2(DataProfile data) => new(Name, data.Input,
        new CpcV2Options
        {
            Encoder = new(Patch: 80, Stride: 36, ResNet.Of161(channels: 3, patch: 80)),
            Augmentation = PatchAugmentation.Published,
            Offsets = [3, 4, 5], // those that share no pixel; range(2, 3) of the pseudo-code would be 3 alone
            ContextBottleneckWidth = 256,
            ContextDepth = 5,
            TargetSize = 64,
            Scale = 0.1,
            CandidateImages = Worker,
        },
        new TrainingOptions
        {
            Budget = new(Epochs: 200),
            BatchSize = 512,
            AccumulateImages = Worker,
            Optimiser = new(OptimiserKind.AdamW, 4e-4) { Beta1 = 0.8, Beta2 = 0.999 },
            MaximumGradientNorm = 0.01,
            AverageDecay = 0.9999,
        });
}
