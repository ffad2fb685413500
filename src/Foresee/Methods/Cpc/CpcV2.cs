using System.Text.Json.Serialization;
using Foresee.Augmentation;
using Foresee.Encoders;
using Foresee.Images;
using Foresee.Patches;
using Foresee.Torch;
using Foresee.Torch.Layers;

namespace Foresee.Methods.Cpc;

/// <summary>Settings of <see cref="CpcV2"/>. Defaults are the paper's where a small image allows them.</summary>
public sealed record CpcV2Options : MethodOptions
{
    public const string MethodName = "cpc-v2";

    public required PatchGridOptions Encoder { get; init; }

    public PatchAugmentation Augmentation { get; init; } = new();
    public IReadOnlyList<Direction> Directions { get; init; } = Cpc.Directions.All;

    /// <summary>Rows ahead that are predicted; from <see cref="GridGeometry.FirstOffsetWithoutSharedPixels"/> on.</summary>
    public IReadOnlyList<int> Offsets { get; init; } = [2, 3, 4];

    /// <summary>Width inside the context's blocks (paper: 256).</summary>
    public int ContextBottleneckWidth { get; init; } = 64;

    /// <summary>Blocks of the context (paper: 5).</summary>
    public int ContextDepth { get; init; } = 4;

    /// <summary>Readings of the paper's context network that it leaves open.</summary>
    public ContextVariant Context { get; init; } = new();

    /// <summary>How the losses of all directions and offsets become one; the paper's pseudo-code adds them up.</summary>
    public TermReduction Reduction { get; init; } = TermReduction.Sum;

    /// <summary>Length of projected targets and predictions (paper: 64).</summary>
    public int TargetSize { get; init; } = 64;

    /// <summary>
    /// Images whose patches are the candidates of a prediction; 0 for all of the batch. The paper's likeliest reading is the 16 of one of
    /// its workers. With fewer the loss costs
    /// less and more images are seen in the same time. A batch that it does not divide is scored whole.
    /// </summary>
    public int CandidateImages { get; init; }

    /// <summary>Multiplies the predictions, a fixed inverse temperature (paper: 0.1).</summary>
    public double Scale { get; init; } = 0.1;

    [JsonIgnore]
    public override EncoderOptions Kept => Encoder;

    [JsonIgnore]
    public override PatchAugmentation? PatchAugmentation => Augmentation;

    [JsonIgnore]
    public override SuggestedTraining Suggested => CpcSettings.Suggested;

    /// <summary>Half-overlapping patches, a small encoder, and windows that don't move, so that no predicted pixel has been seen.</summary>
    public static CpcV2Options For(DataProfile data) => new()
    {
        Encoder = CpcSettings.PatchesFor(data.Input),
        Augmentation = new() { Translation = 0, ColourDrop = 0.25 },
        ContextDepth = 5,
    };

    public override void Validate(InputFormat input, ICollection<string> faults)
    {
        if (Directions.Count == 0) faults.Add("at least one direction is needed");
        var (grid, sideways) = (Encoder.Grid(input), Directions.Any(d => d is Direction.Right or Direction.Left));
        var lines = sideways ? Math.Min(grid.Rows, grid.Columns) : grid.Rows;
        CpcSettings.Validate(Encoder, Augmentation, Offsets, lines, CandidateImages, input, faults);
        if (ContextBottleneckWidth < 1 || ContextDepth < 1 || TargetSize < 1)
            faults.Add("context bottleneck width, context depth and target size must be at least 1");
    }

    public override IReadOnlyList<string> Reasons(InputFormat input) => CpcSettings.Reasons(Encoder, input);

    public override IReadOnlyList<string> Remarks(InputFormat input) => CpcSettings.Remarks(Augmentation, input);

    public override IReadOnlyList<Tensor> Examples(ImageBatch batch, InputFormat input, Generator generator) =>
        CpcSettings.Examples(Encoder, Augmentation, batch, input, generator);

    internal override bool LearnsInRanks => true;

    internal override void CheckShare(int images, int batchSize)
    {
        if (CandidateImages > 0 && batchSize % CandidateImages == 0 && images % CandidateImages != 0)
            throw new ArgumentException($"{Name} compares images in parts of {CandidateImages}, which a rank's {images} of {batchSize} images "
                + $"don't hold whole; start at most {batchSize / CandidateImages} ranks, a number that divides that.");
    }

    public override IMethod Build(MethodContext context) => new CpcV2(this, context);
}

/// <summary>
/// Contrastive Predictive Coding, version 2 (Hénaff et al., "Data-Efficient Image Recognition with Contrastive Predictive
/// Coding", ICML 2020):
/// <code>
/// z_{i,j} = f(x_{i,j})                      one vector per patch
/// c = g_d(z)                                context of direction d: has seen one side only
/// p_{i+k,j} = s · W_{d,k} c_{i,j}           prediction, k rows ahead
/// t = V z                                   targets, one projection for all
/// L = Σ_d Σ_k InfoNCE(p_{i+k,j}; t_{i+k,j} among all targets of the batch)     or the mean of these
/// </code>
/// </summary>
/// <remarks>Every term starts near ln(B·H·W), chance.</remarks>
public sealed class CpcV2 : IMethod
{
    private readonly CpcV2Options options;
    private readonly CpcNetwork network;
    private readonly PatchCutter patches;
    private readonly MethodContext context;

    public CpcV2(CpcV2Options options, MethodContext context)
    {
        (this.options, this.context) = (options, context);
        context.Check(options);
        network = new(options, context.Input, context.Generator);
        network.To(context.Device);
        network.Compute(context.Compute);
        network.Synchronise(context.Share.Norms);
        patches = new(options.Augmentation, Grid, context.Input);
    }

    private GridGeometry Grid => network.Encoder.Geometry;

    public Module Network => network;

    public Encoder Encoder => network.Encoder;

    // Batch norm makes all patches of a batch one part, and several threads must not move its running statistics.
    public int IndependentImages => options.Encoder.Network.Norm == Norm.Batch ? 0 : options.CandidateImages;

    public Inputs Prepare(ImageBatch batch, Generator generator) =>
        new(batch.Indices, patches.Cut(batch.ToTensor(), generator, context.Threads, context.Share.Rank * batch.Count)
        .Reshape(-1, Grid.Positions, context.Input.Channels, Grid.Patch, Grid.Patch)                // [B, H·W, C, p, p]
        .To(context.Device));

    public StepLoss Loss(Inputs inputs) => LossOf(network.Encoder.Grid(inputs.Tensors[0].Flatten(0, 1), inputs.Indices.Length));

    /// <param name="z">[B, H, W, D]</param>
    internal StepLoss LossOf(Tensor z)
    {
        var targets = network.Target.Forward(z.Flatten(0, 2)).To(DType.Float32);            // [B·H·W, K]
        var (groups, chunk) = BatchParts.Of((int)z.Size(0), options.CandidateImages);
        var parts = options.CandidateImages > 0 && z.Size(0) % options.CandidateImages == 0; // of this process's own images each
        var first = parts ? 0 : context.Share.FirstCandidate(targets.Size(0));
        if (!parts) targets = context.Share.Candidates(targets);                            // [R·B·H·W, K]
        var terms = options.Directions.SelectMany(direction => network.Directions[direction].Predict(z, chunk, options.Scale)
            .Select(prediction => CpcTerm.Of(direction, prediction, targets, groups, context.Compute, first))).ToList();
        return CpcTerm.Together(terms, options.Reduction);
    }

    public void Dispose() => network.Dispose();

    /// <summary>Encoder, target projection, and a context with its predictors for each direction.</summary>
    internal sealed class CpcNetwork : Module
    {
        public CpcNetwork(CpcV2Options options, InputFormat input, Generator generator)
        {
            Encoder = Child("encoder", new PatchGridEncoder(options.Encoder, input, generator));
            Target = Child("target", new Linear(Encoder.Features, options.TargetSize, bias: true, generator));
            foreach (var direction in options.Directions)
                Directions[direction] = Child(direction.ToString().ToLowerInvariant(), new DirectionPredictor(direction, Encoder.Features,
                    options.ContextBottleneckWidth, options.ContextDepth, options.TargetSize, options.Offsets, generator, options.Context));
        }

        public PatchGridEncoder Encoder { get; }
        public Linear Target { get; }
        public Dictionary<Direction, DirectionPredictor> Directions { get; } = [];

        public override Tensor Forward(Tensor x) => Encoder.Forward(x);
    }
}
