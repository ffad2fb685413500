using System.Text.Json.Serialization;
using Foresee.Augmentation;
using Foresee.Encoders;
using Foresee.Heads;
using Foresee.Images;
using Foresee.Losses;
using Foresee.Torch;
using Foresee.Torch.Layers;
using Foresee.Torch.Optimisers;

namespace Foresee.Methods;

/// <summary>Settings of <see cref="MoCo"/>, version 1: one linear layer as head.</summary>
/// <param name="Encoder">Of whole images.</param>
public sealed record MoCoV1Options(ConvEncoderOptions Encoder) : MoCoOptions(Encoder)
{
    public override ImageAugmentation Augmentation { get; init; } = ImageAugmentation.MoCoV1;

    public override double Temperature { get; init; } = 0.07;

    [JsonIgnore]
    public override int HeadWidth { get => 0; init { } }

    /// <inheritdoc cref="MoCoV2Options.For"/>
    public static MoCoV1Options For(DataProfile data) => new(SmallEncoder(data))
    {
        Augmentation = Suited(ImageAugmentation.MoCoV1, data),
        QueueLength = QueueFor(data),
        Momentum = ShortRunMomentum,
    };
}

/// <summary>Settings of <see cref="MoCo"/>, version 2: a hidden layer in the head, more augmentation.</summary>
/// <param name="Encoder">Of whole images.</param>
public sealed record MoCoV2Options(ConvEncoderOptions Encoder) : MoCoOptions(Encoder)
{
    public override ImageAugmentation Augmentation { get; init; } = ImageAugmentation.MoCoV2;

    public override double Temperature { get; init; } = 0.2;

    public override int HeadWidth { get; init; } = 2048;

    /// <summary>A small network, a queue of at most a quarter of the images, and a copy that keeps up with a short run.</summary>
    public static MoCoV2Options For(DataProfile data) => new(SmallEncoder(data))
    {
        Augmentation = Suited(ImageAugmentation.MoCoV2, data),
        HeadWidth = 512,
        QueueLength = QueueFor(data),
        Momentum = ShortRunMomentum,
    };
}

/// <summary>What both versions have in common.</summary>
/// <param name="Encoder">Of whole images.</param>
public abstract record MoCoOptions(ConvEncoderOptions Encoder) : ViewOptions(Encoder)
{
    /// <summary>The copy's m in a run of some thousand steps.</summary>
    protected const double ShortRunMomentum = 0.99;

    /// <summary>Width inside the head; 0 for one linear layer.</summary>
    public abstract int HeadWidth { get; init; }

    /// <summary>d, the length of the vectors that are compared.</summary>
    public int Projection { get; init; } = 128;

    /// <summary>τ</summary>
    public abstract double Temperature { get; init; }

    /// <summary>K. More than a quarter of the images, and an image meets itself in it.</summary>
    public int QueueLength { get; init; } = 65536;

    /// <summary>m, the share of itself that the copy keeps at each step.</summary>
    public double Momentum { get; init; } = 0.999;

    /// <summary>
    /// Parts of a batch with batch norms of their own; keys are shuffled over them, so that a query and its key share none and the norm
    /// gives nothing away.
    /// </summary>
    public int NormGroups { get; init; } = 8;

    /// <summary>At most a quarter of the images: an image must not be its own negative.</summary>
    protected static int QueueFor(DataProfile data) => Math.Clamp(data.Count / 4, 1, 4096);

    [JsonIgnore]
    public override SuggestedTraining Suggested => new(128, new(OptimiserKind.Sgd, 0.06) { WeightDecay = 5e-4 });

    public override void Validate(InputFormat input, ICollection<string> faults)
    {
        base.Validate(input, faults);
        if (HeadWidth < 0 || Projection < 1) faults.Add("head width must be 0 (none) or more, projection at least 1");
        if (!(Temperature > 0)) faults.Add($"the temperature must be above 0, got {Temperature}");
        if (QueueLength < 1 || NormGroups < 1) faults.Add("queue length and norm groups must be at least 1");
        if (Momentum is not (>= 0 and <= 1)) faults.Add($"the momentum must lie in 0..1, got {Momentum}");
    }

    internal override bool LearnsInRanks => true;

    public override IMethod Build(MethodContext context) => new MoCo(this, context);
}

/// <summary>
/// MoCo (He, Fan, Wu, Xie and Girshick, "Momentum Contrast for Unsupervised Visual Representation Learning", CVPR 2020; version 2: Chen,
/// Fan, Girshick and He 2020):
/// <code>
/// q = g(f(x_1)) / ‖·‖,  k = g'(f'(x_2)) / ‖·‖                       query and key, f', g' the momentum copy, without gradient
/// L = -mean log( e^(q·k/τ) / ( e^(q·k/τ) + Σ_j e^(q·m_j/τ) ) )      m_1..m_K the keys of earlier batches   (eq. 1)
/// θ' ← m θ' + (1 - m) θ                                             after each step   (eq. 2)
/// </code>
/// </summary>
/// <remarks>
/// L begins low, against a queue of random directions, rises to ln(K + 1) as real keys fill it, then falls. One that stays near 0 tells of
/// a leak.
/// </remarks>
public sealed class MoCo : IMethod
{
    private readonly MoCoOptions options;
    private readonly Embedding online;
    private readonly MomentumCopy<Embedding> copy;
    private readonly VectorQueue queue;
    private readonly NamedParts network;
    private readonly Views views;
    private readonly MethodContext context;

    public MoCo(MoCoOptions options, MethodContext context)
    {
        context.Check(options);
        (this.options, this.context, views) = (options, context, new(context, options));
        int[] hidden = options.HeadWidth > 0 ? [options.HeadWidth] : [];
        Embedding Make() => new(options.Encoder, context,
            features => new Mlp([features, .. hidden, options.Projection], norms: false, context.Generator));
        online = Make();
        copy = new(online, Make());
        queue = new(NegativeCosine.Unit(Tensor.RandN([options.QueueLength, options.Projection], context.Generator)));
        network = context.Place(new NamedParts(("online", online), ("copy", copy.Network), ("queue", queue)));
        if (options.NormGroups > 1) network.Synchronise(null);                              // groups are smaller than a rank's part
    }

    public Module Network => network;

    public Encoder Encoder => online.Encoder;

    private BatchShare Share => context.Share;

    public Inputs Prepare(ImageBatch batch, Generator generator)
    {
        var (indices, tensors) = views.Of(batch, generator);
        return new(indices, [.. tensors, Tensor.RandPerm(batch.Count * Share.Ranks, generator).To(context.Device)]);
    }

    public StepLoss Loss(Inputs inputs)
    {
        var order = inputs.Tensors[2];                                                      // of the keys of all ranks
        var q = NegativeCosine.Unit(InGroups(inputs.Tensors[0], online.Forward));           // [B, d]
        var mixed = Share.Everyone(inputs.Tensors[1]).IndexSelect(0, Share.Own(order));
        var shuffled = Share.Everyone(NegativeCosine.Unit(InGroups(mixed, copy.Forward)));
        var keys = shuffled.EmptyLike().IndexCopy_(0, order, shuffled);                     // of all ranks, in the queries' order
        queue.Hold(keys);                                                                   // so that all queues stay alike
        var k = Share.Own(keys);                                                            // [B, d]
        var choice = QueueContrast.Of(q, k, queue.Vectors, options.Temperature);
        return StepLoss.Among(options.QueueLength + 1, choice, Metric.OutputStd(q));
    }

    private Tensor InGroups(Tensor x, Func<Tensor, Tensor> forward) =>
        Tensor.Cat([.. x.Chunk(Math.Max(1, options.NormGroups / Share.Ranks)).Select(forward)]);

    public void AfterStep(long step, long steps)
    {
        copy.Follow(options.Momentum);
        queue.PutHeld();
    }

    public void Dispose() => network.Dispose();
}
