using Foresee.Augmentation;
using Foresee.Contexts;
using Foresee.Encoders;
using Foresee.Images;
using Foresee.Losses;
using Foresee.Patches;
using Foresee.Torch;
using Foresee.Torch.Layers;

namespace Foresee.Methods;

/// <summary>Settings of <see cref="CpcV1"/>. Grey input is an encoder of one channel: colour images are then read as grey.</summary>
public sealed record CpcV1Options : IMethodOptions
{
    internal const string MethodName = "cpc-v1";

    public string Name => MethodName;
    public required GridGeometry Grid { get; init; }
    public required PatchEncoderOptions Encoder { get; init; }

    /// <summary>Per channel, of pixels in 0..1.</summary>
    public required IReadOnlyList<double> Mean { get; init; }

    /// <summary>Per channel, of pixels in 0..1.</summary>
    public required IReadOnlyList<double> Std { get; init; }

    /// <inheritdoc/>
    public LevelWindow Window { get; init; } = LevelWindow.Whole;

    /// <summary>What becomes of images smaller than what is read (paper: their short side is resized, so enlarged).</summary>
    public SmallImages Small { get; init; }

    private static readonly PatchAugmentation Paper = PatchAugmentation.None with { FlipImage = 0.5, Trim = 4.0 / 64 };

    /// <summary>Images mirrored; of each patch a window of 60 of 64 px at a random place.</summary>
    public PatchAugmentation Augmentation { get; init; } = Paper;

    /// <summary>Rows ahead that are predicted (paper: up to five of the seven); from <see cref="GridGeometry.FirstOffsetWithoutSharedPixels"/> on.</summary>
    public IReadOnlyList<int> Offsets { get; init; } = [2, 3, 4, 5, 6];

    /// <summary>Width inside the context's blocks.</summary>
    public int ContextBottleneckWidth { get; init; } = 64;

    /// <summary>Blocks of the context.</summary>
    public int ContextDepth { get; init; } = 5;

    /// <summary>As in <see cref="CpcV2Options.CandidateImages"/>: images whose patches are the candidates; 0 for all of the batch.</summary>
    public int CandidateImages { get; init; }

    /// <summary>
    /// ImageNet as in the paper: 7 x 7 patches of 64 px at stride 32 from 256 px, cut at random from 300, the first three stacks of ResNet-101
    /// without a norm, 1024-d.
    /// </summary>
    /// <param name="mean">Of grey pixels in 0..1.</param>
    /// <param name="deviation">Likewise.</param>
    public static CpcV1Options ImageNet(double mean, double deviation) => new()
    {
        Grid = new(Height: 256, Width: 256, Patch: 64, Stride: 32),
        Encoder = ResNet.Of101(channels: 1, patch: 64) with { Norm = Norm.None },
        Small = SmallImages.Enlarge,
        Augmentation = Paper with { Margin = 300 - 256 },
        Mean = [mean],
        Std = [deviation],
        ContextBottleneckWidth = 256,
    };

    /// <exception cref="ArgumentException">Names every fault at once.</exception>
    public CpcV1Options Validate()
    {
        Grid.Validate();
        var faults = new List<string>();
        Encoder.Validate(faults);
        Augmentation.Validate(faults);
        Grid.CheckOffsets(Offsets, Grid.Rows, faults);
        if (Mean.Count != Encoder.Channels || Std.Count != Encoder.Channels) faults.Add($"mean and deviation need {Encoder.Channels} values, got {Mean.Count} and {Std.Count}");
        Window.Validate(Encoder.Channels, faults);
        if (CandidateImages is < 0 or 1) faults.Add($"candidate images must be 0 (all) or at least 2, got {CandidateImages}");
        if (ContextBottleneckWidth < 1 || ContextDepth < 1) faults.Add("context middle and context depth must be at least 1");
        return faults.Count == 0 ? this : throw new ArgumentException($"CPC v1: {string.Join("; ", faults)}.");
    }

    IMethodOptions IMethodOptions.Validate() => Validate();

    public IMethod Build(Generator generator, Device device, DType compute) => new CpcV1(this, generator, device, compute);
}

/// <summary>
/// Contrastive Predictive Coding, version 1, for images (van den Oord, Li and Vinyals, "Representation Learning with Contrastive
/// Predictive Coding", 2018, section 3.2):
/// <code>
/// z_{i,j} = f(x_{i,j})                      one vector per patch
/// c = g(z)                                  context: has seen the rows above only
/// s_k(z, c) = zᵀ W_k c                      score of a patch k rows ahead (eq. 3: f_k = exp s_k)
/// L = Σ_k InfoNCE(W_k c_{i,j}; z_{i+k,j} among all patches of the batch)
/// </code>
/// </summary>
/// <remarks>
/// Version 2 reads the grid from four sides, compares projections of 64 numbers, scaled by 0.1, and normalises inside the encoder. Here the
/// vectors themselves are compared, so a term starts near ln(B·H·W), chance, only while they are short.
/// </remarks>
public sealed class CpcV1 : IMethod
{
    private readonly CpcV1Options options;
    private readonly CpcNetwork network;
    private readonly PatchCutter patches;
    private readonly DType compute;
    private readonly int threads = Engine.Threads; // a training run gives them to parts of a batch, and so none to its operators

    public CpcV1(CpcV1Options options, Generator generator, Device device, DType compute = DType.Float32)
    {
        this.options = options.Validate();
        this.compute = compute;
        network = new(options, generator);
        network.To(device);
        network.Compute(compute);
        patches = new(options.Augmentation, options.Grid, options.Encoder.Channels, options.Mean, options.Std);
    }

    public Module Network => network;

    public PatchEncoder Encoder => network.Encoder;

    public EncoderDescription Description => ((IMethodOptions)options).Description;

    // As in CpcV2: the batch's statistics and their running means are for one thread.
    public int IndependentImages => options.Encoder.Norm == Norm.Batch ? 0 : options.CandidateImages;

    public Tensor Augment(Tensor pixels, Generator generator) => patches.Cut(pixels, generator, threads)           // [B·H·W, C, p, p]
        .Reshape(-1, options.Grid.Positions, options.Encoder.Channels, options.Grid.Patch, options.Grid.Patch);     // [B, H·W, C, p, p]

    public MethodLoss Loss(Tensor augmented)
    {
        var z = network.Encoder.Forward(augmented.Flatten(0, 1)).To(DType.Float32);         // [B·H·W, D]
        return LossOf(z.Reshape(augmented.Size(0), options.Grid.Rows, options.Grid.Columns, -1));
    }

    /// <param name="z">[B, H, W, D]</param>
    internal MethodLoss LossOf(Tensor z)
    {
        var (groups, chunk) = BatchParts.Of((int)z.Size(0), options.CandidateImages);
        var targets = z.Flatten(0, 2);                                                      // [B·H·W, D]
        var terms = network.Below.Predict(z, chunk, scale: 1).Select(prediction =>
        {
            var (loss, correct) = InfoNce.Compute(prediction.Values, targets, prediction.Labels, groups, compute);
            return new LossTerm($"down+{prediction.Offset}", loss, correct, targets.Size(0) / groups);
        }).ToList();
        return new(Tensor.Stack([.. terms.Select(t => t.Loss)]).Sum(), [.. terms.Select(t => t with { Loss = t.Loss.Detach() })]);
    }

    public void AfterStep() { }

    public void Dispose() => network.Dispose();

    /// <summary>Encoder, and a context with a matrix W_k for each offset.</summary>
    internal sealed class CpcNetwork : Module
    {
        public CpcNetwork(CpcV1Options options, Generator generator)
        {
            Encoder = Child("encoder", new PatchEncoder(options.Encoder, generator));
            Below = Child("down", new DirectionPredictor(Direction.Down, options.Encoder.Features, options.ContextBottleneckWidth, options.ContextDepth,
                options.Encoder.Features, options.Offsets, generator));
        }

        public PatchEncoder Encoder { get; }
        public DirectionPredictor Below { get; }

        public override Tensor Forward(Tensor x) => Encoder.Forward(x);
    }
}
