using System.Text.Json.Serialization;
using Foresee.Augmentation;
using Foresee.Encoders;
using Foresee.Images;
using Foresee.Patches;
using Foresee.Torch;
using Foresee.Torch.Layers;

namespace Foresee.Methods.Cpc;

/// <summary>Settings of <see cref="CpcV1"/>. Grey input is an encoder of one channel: colour images are then read as grey.</summary>
public sealed record CpcV1Options : MethodOptions
{
    public const string MethodName = "cpc-v1";

    public required PatchGridOptions Encoder { get; init; }

    private static readonly PatchAugmentation Paper = PatchAugmentation.None with { FlipImage = 0.5, Trim = 4.0 / 64 };

    /// <summary>Images mirrored; of each patch a window of 60 of 64 px at a random place.</summary>
    public PatchAugmentation Augmentation { get; init; } = Paper;

    /// <summary>
    /// Rows ahead that are predicted (paper: up to five of the seven); from <see cref="GridGeometry.FirstOffsetWithoutSharedPixels"/> on.
    /// </summary>
    public IReadOnlyList<int> Offsets { get; init; } = [2, 3, 4, 5, 6];

    /// <summary>Width inside the context's blocks.</summary>
    public int ContextBottleneckWidth { get; init; } = 64;

    /// <summary>Blocks of the context.</summary>
    public int ContextDepth { get; init; } = 5;

    /// <summary>
    /// As in <see cref="CpcV2Options.CandidateImages"/>: images whose patches are the candidates; 0 for all of the batch.
    /// </summary>
    public int CandidateImages { get; init; }

    /// <summary>
    /// ImageNet as in the paper: 7 x 7 patches of 64 px at stride 32 from 256 px, cut at random from 300, the first three stacks of
    /// ResNet-101
    /// without a norm, 1024-d.
    /// </summary>
    public static CpcV1Options ImageNet { get; } = new()
    {
        Encoder = new(Patch: 64, Stride: 32, ResNet.Of101(channels: 1, patch: 64) with { Norm = Norm.None }),
        ContextBottleneckWidth = 256,
    };

    /// <summary>The input of <see cref="ImageNet"/>; mean and std of grey pixels in 0..1.</summary>
    public static InputFormat ImageNetInput(double mean, double std) =>
        new(Height: 256, Width: 256, Channels: 1) { Margin = 300 - 256, Small = SmallImages.Enlarge, Mean = [mean], Std = [std] };

    [JsonIgnore]
    public override EncoderOptions Kept => Encoder;

    [JsonIgnore]
    public override PatchAugmentation? PatchAugmentation => Augmentation;

    [JsonIgnore]
    public override SuggestedTraining Suggested => CpcSettings.Suggested;

    /// <summary>Half-overlapping patches and a small encoder without a norm, on the channels that there are.</summary>
    public static CpcV1Options For(DataProfile data)
    {
        var encoder = CpcSettings.PatchesFor(data.Input);
        var grid = encoder.Grid(data.Input);
        return new()
        {
            Encoder = encoder with { Network = encoder.Network with { Norm = Norm.None } },
            Offsets = CpcSettings.AllOffsets(grid)
        };
    }

    public override void Validate(InputFormat input, ICollection<string> faults)
    {
        CpcSettings.Validate(Encoder, Augmentation, Offsets, Encoder.Grid(input).Rows, CandidateImages, input, faults);
        if (ContextBottleneckWidth < 1 || ContextDepth < 1) faults.Add("context bottleneck width and context depth must be at least 1");
    }

    public override IReadOnlyList<string> Reasons(InputFormat input) => CpcSettings.Reasons(Encoder, input);

    public override IReadOnlyList<string> Remarks(InputFormat input) => CpcSettings.Remarks(Augmentation, input);

    public override IReadOnlyList<Tensor> Examples(ImageBatch batch, InputFormat input, Generator generator) =>
        CpcSettings.Examples(Encoder, Augmentation, batch, input, generator);

    public override IMethod Build(MethodContext context) => new CpcV1(this, context);
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
    private readonly MethodContext context;

    public CpcV1(CpcV1Options options, MethodContext context)
    {
        (this.options, this.context) = (options, context);
        context.Check(options);
        network = new(options, context.Input, context.Generator);
        network.To(context.Device);
        network.Compute(context.Compute);
        patches = new(options.Augmentation, Grid, context.Input);
    }

    private GridGeometry Grid => network.Encoder.Geometry;

    public Module Network => network;

    public Encoder Encoder => network.Encoder;

    // Batch norm makes all patches of a batch one part, and several threads must not move its running statistics.
    public int IndependentImages => options.Encoder.Network.Norm == Norm.Batch ? 0 : options.CandidateImages;

    public Inputs Prepare(ImageBatch batch, Generator generator) =>
        new(batch.Indices, patches.Cut(batch.ToTensor(), generator, context.Threads)
        .Reshape(-1, Grid.Positions, context.Input.Channels, Grid.Patch, Grid.Patch)                // [B, H·W, C, p, p]
        .To(context.Device));

    public StepLoss Loss(Inputs inputs) => LossOf(network.Encoder.Grid(inputs.Tensors[0].Flatten(0, 1), inputs.Indices.Length));

    /// <param name="z">[B, H, W, D]</param>
    internal StepLoss LossOf(Tensor z)
    {
        var (groups, chunk) = BatchParts.Of((int)z.Size(0), options.CandidateImages);
        var targets = z.Flatten(0, 2);                                                      // [B·H·W, D]
        var terms = network.Below.Predict(z, chunk, scale: 1)
            .Select(prediction => CpcTerm.Of(Direction.Down, prediction, targets, groups, context.Compute)).ToList();
        return CpcTerm.Together(terms, TermReduction.Sum);
    }

    public void Dispose() => network.Dispose();

    /// <summary>Encoder, and a context with a matrix W_k for each offset.</summary>
    internal sealed class CpcNetwork : Module
    {
        public CpcNetwork(CpcV1Options options, InputFormat input, Generator generator)
        {
            Encoder = Child("encoder", new PatchGridEncoder(options.Encoder, input, generator));
            Below = Child("down", new DirectionPredictor(Direction.Down, Encoder.Features, options.ContextBottleneckWidth,
                options.ContextDepth,
                Encoder.Features, options.Offsets, generator));
        }

        public PatchGridEncoder Encoder { get; }
        public DirectionPredictor Below { get; }

        public override Tensor Forward(Tensor x) => Encoder.Forward(x);
    }
}
