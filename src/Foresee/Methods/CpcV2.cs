using Foresee.Augmentation;
using Foresee.Contexts;
using Foresee.Encoders;
using Foresee.Images;
using Foresee.Losses;
using Foresee.Patches;
using Foresee.Torch;
using Foresee.Torch.Layers;

namespace Foresee.Methods;

/// <summary>How several losses become one.</summary>
public enum TermReduction
{
    Sum,
    Mean,
}

/// <summary>Settings of <see cref="CpcV2"/>. Defaults are the paper's where a small image allows them.</summary>
public sealed record CpcV2Options : IMethodOptions
{
    internal const string MethodName = "cpc-v2";

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

    public PatchAugmentation Augmentation { get; init; } = new();
    public IReadOnlyList<Direction> Directions { get; init; } = Contexts.Directions.All;

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
    /// Images whose patches are the candidates of a prediction; 0 for all of the batch. The paper's likeliest reading is the 16 of one of its workers. With fewer the loss costs
    /// less and more images are seen in the same time. A batch that it does not divide is scored whole.
    /// </summary>
    public int CandidateImages { get; init; }

    /// <summary>Multiplies the predictions, a fixed inverse temperature (paper: 0.1).</summary>
    public double Scale { get; init; } = 0.1;

    /// <exception cref="ArgumentException">Names every fault at once.</exception>
    public CpcV2Options Validate()
    {
        Grid.Validate();
        var faults = new List<string>();
        Encoder.Validate(faults);
        Augmentation.Validate(faults);
        if (Directions.Count == 0) faults.Add("at least one direction is needed");
        var sideways = Directions.Any(d => d is Direction.Right or Direction.Left);
        Grid.CheckOffsets(Offsets, sideways ? Math.Min(Grid.Rows, Grid.Columns) : Grid.Rows, faults);
        if (Mean.Count != Encoder.Channels || Std.Count != Encoder.Channels) faults.Add($"mean and deviation need {Encoder.Channels} values, got {Mean.Count} and {Std.Count}");
        Window.Validate(Encoder.Channels, faults);
        if (CandidateImages is < 0 or 1) faults.Add($"candidate images must be 0 (all) or at least 2, got {CandidateImages}");
        if (ContextBottleneckWidth < 1 || ContextDepth < 1 || TargetSize < 1) faults.Add("context middle, context depth and target size must be at least 1");
        return faults.Count == 0 ? this : throw new ArgumentException($"CPC v2: {string.Join("; ", faults)}.");
    }

    IMethodOptions IMethodOptions.Validate() => Validate();

    public IMethod Build(Generator generator, Device device, DType compute) => new CpcV2(this, generator, device, compute);
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
    private readonly DType compute;
    private readonly int threads = Engine.Threads; // a training run gives them to parts of a batch, and so none to its operators

    public CpcV2(CpcV2Options options, Generator generator, Device device, DType compute = DType.Float32)
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

    // Batch norm makes all patches of a batch one part, and its running statistics must not be moved by several threads.
    public int IndependentImages => options.Encoder.Norm == Norm.Batch ? 0 : options.CandidateImages;

    public Tensor Augment(Tensor pixels, Generator generator) => patches.Cut(pixels, generator, threads)           // [B·H·W, C, p, p]
        .Reshape(-1, options.Grid.Positions, options.Encoder.Channels, options.Grid.Patch, options.Grid.Patch);     // [B, H·W, C, p, p]

    public MethodLoss Loss(Tensor augmented)
    {
        var z = network.Encoder.Forward(augmented.Flatten(0, 1));                           // [B·H·W, D]
        return LossOf(z.Reshape(augmented.Size(0), options.Grid.Rows, options.Grid.Columns, -1));
    }

    /// <param name="z">[B, H, W, D]</param>
    internal MethodLoss LossOf(Tensor z)
    {
        var targets = network.Target.Forward(z.Flatten(0, 2)).To(DType.Float32);            // [B·H·W, K]
        var terms = options.Directions.SelectMany(d => Terms(d, z, targets)).ToList();
        var sum = Tensor.Stack([.. terms.Select(t => t.Loss)]).Sum();
        return new(options.Reduction == TermReduction.Mean ? sum / terms.Count : sum,
            [.. terms.Select(t => t with { Loss = t.Loss.Detach() })]);
    }

    private IEnumerable<LossTerm> Terms(Direction direction, Tensor z, Tensor targets)
    {
        var (groups, chunk) = BatchParts.Of((int)z.Size(0), options.CandidateImages);
        foreach (var (k, p, labels) in network.Directions[direction].Predict(z, chunk, options.Scale))
        {
            var (loss, correct) = InfoNce.Compute(p, targets, labels, groups, compute);
            yield return new($"{direction.ToString().ToLowerInvariant()}+{k}", loss, correct, targets.Size(0) / groups);
        }
    }

    public void AfterStep() { }

    public void Dispose() => network.Dispose();

    /// <summary>Encoder, target projection, and a context with its predictors for each direction.</summary>
    internal sealed class CpcNetwork : Module
    {
        public CpcNetwork(CpcV2Options options, Generator generator)
        {
            Encoder = Child("encoder", new PatchEncoder(options.Encoder, generator));
            Target = Child("target", new Linear(options.Encoder.Features, options.TargetSize, bias: true, generator));
            foreach (var direction in options.Directions)
                Directions[direction] = Child(direction.ToString().ToLowerInvariant(), new DirectionPredictor(direction, options.Encoder.Features,
                    options.ContextBottleneckWidth, options.ContextDepth, options.TargetSize, options.Offsets, generator, options.Context));
        }

        public PatchEncoder Encoder { get; }
        public Linear Target { get; }
        public Dictionary<Direction, DirectionPredictor> Directions { get; } = [];

        public override Tensor Forward(Tensor x) => Encoder.Forward(x);
    }
}
