using Foresee.Images;
using Foresee.Labels;
using Foresee.Torch;

namespace Foresee.Evaluation;

/// <summary>How a classifier is made from labels.</summary>
public enum Protocol
{
    /// <summary>Logistic regression on frozen features.</summary>
    Linear,
    /// <summary>Nearest neighbours among frozen features.</summary>
    Neighbours,
    /// <summary>A linear probe whose predictions are spread over unlabelled images that look alike.</summary>
    Spreading,
    /// <summary>The paper's linear evaluation, learnt from batches of augmented images: for any number of images.</summary>
    Streamed,
    /// <summary>A residual network on the grid of a frozen encoder, from augmented images.</summary>
    Frozen,
    /// <summary>Encoder and classifier trained together, from the pretrained weights, from augmented images.</summary>
    FineTuned,
    /// <summary>As <see cref="FineTuned"/>, the encoder's weights drawn anew: what the same network learns without pretraining.</summary>
    Scratch,
    /// <summary>A network trained from pixels: the supervised rival, without any pretraining.</summary>
    Pixels,
}

/// <summary>How frozen features reach a classifier.</summary>
public sealed record FeatureOptions(GridPooling Pooling)
{
    public FeatureScalingOptions Scaling { get; init; } = new();
}

/// <summary>What is to be measured: every protocol on every amount of labels, on the same draws.</summary>
/// <param name="Draws">Draws 0 to Draws - 1, counted from Seed.</param>
public sealed record EvaluationPlan(string Recipe, IReadOnlyList<Protocol> Protocols, IReadOnlyList<LabelAmount> Amounts, InputFormat Input, int Draws = 3, int Seed = 0)
{
    /// <summary>uint8 [B, C, H, W] to latents [B, h, w, D]; needed by all protocols but Pixels.</summary>
    public Func<Tensor, Tensor>? Extract { get; init; }

    /// <summary>A hash of what <see cref="Extract"/> computes with, such as <see cref="TrainedEncoder.Hash"/>; without it no result can be known to be the same.</summary>
    public string? Encoder { get; init; }

    /// <summary>A fresh copy of the encoder, to change and dispose; needed by Streamed, Frozen, FineTuned and Scratch.</summary>
    public Func<TrainedEncoder>? Copy { get; init; }

    /// <summary>What the encoder's products are computed in where it is fine-tuned, frozen below a head or learnt from scratch; features are always made in Float32.</summary>
    public DType Compute { get; init; } = DType.Float32;

    public FeatureOptions LinearFeatures { get; init; } = new(GridPooling.Whole);
    public FeatureOptions NeighbourFeatures { get; init; } = new(GridPooling.Three);
    public LinearProbeOptions Linear { get; init; } = new();
    public NeighboursOptions Neighbours { get; init; } = new();
    public FeatureOptions SpreadingFeatures { get; init; } = new(GridPooling.Whole) { Scaling = new(Scaling.Principal, Components: 256) };
    public LabelSpreadingOptions Spreading { get; init; } = new();
    public SgdLinearProbeOptions Streamed { get; init; } = new();
    public FineTuningOptions Frozen { get; init; } = FineTuningOptions.Frozen with { Augmentation = WholeImageAugmentation.For(Input.Channels) };
    public FineTuningOptions FineTuned { get; init; } = FineTuningOptions.FineTuned with { Augmentation = WholeImageAugmentation.For(Input.Channels) };
    public FineTuningOptions Scratch { get; init; } = FineTuningOptions.Scratch with { Augmentation = WholeImageAugmentation.For(Input.Channels) };
    public TunedBaseline Pixels { get; init; } = TunedBaseline.For(Input.Channels);

    /// <summary>Whether a protocol classifies features that are computed once, rather than images.</summary>
    internal static bool TakesFeatures(Protocol protocol) => protocol is Protocol.Linear or Protocol.Neighbours or Protocol.Spreading;

    /// <summary>Whether a protocol trains a copy of the encoder's network, or a head on it, on augmented images that lie in memory.</summary>
    public static bool TrainsOnImages(Protocol protocol) => protocol is Protocol.Frozen or Protocol.FineTuned or Protocol.Scratch;

    internal FineTuningOptions SettingsOf(Protocol protocol) => protocol switch
    {
        Protocol.Frozen => Frozen,
        Protocol.FineTuned => FineTuned,
        Protocol.Scratch => Scratch,
        _ => throw new ArgumentException($"The protocol {protocol} trains on no images."),
    };

    public FeatureOptions FeaturesOf(Protocol protocol) => protocol switch
    {
        Protocol.Linear => LinearFeatures,
        Protocol.Neighbours => NeighbourFeatures,
        Protocol.Spreading => SpreadingFeatures,
        _ => throw new ArgumentException($"The protocol {protocol} takes no features."),
    };

    /// <summary>Unlabelled training images whose features give the scaling.</summary>
    public int ScalingImages { get; init; } = 3000;

    /// <summary>With one pooling of the grid for all protocols that pool it.</summary>
    public EvaluationPlan Pooled(GridPooling pooling) => this with
    {
        LinearFeatures = LinearFeatures with { Pooling = pooling },
        NeighbourFeatures = NeighbourFeatures with { Pooling = pooling },
        SpreadingFeatures = SpreadingFeatures with { Pooling = pooling },
        FineTuned = FineTuned with { Pooling = pooling },
        Scratch = Scratch with { Pooling = pooling },
    };

    /// <summary>With each class counting the same in learning, however many labels it has.</summary>
    public EvaluationPlan Balanced() => this with
    {
        Linear = Linear with { Balanced = true },
        Frozen = Frozen with { Balanced = true },
        FineTuned = FineTuned with { Balanced = true },
        Scratch = Scratch with { Balanced = true },
    };

    /// <summary>Whether <see cref="Balanced"/> changes what a protocol learns.</summary>
    public static bool CanBalance(Protocol protocol) => protocol == Protocol.Linear || TrainsOnImages(protocol);

    public void Validate()
    {
        string?[] faults =
        [
            Protocols.Count == 0 ? "at least one protocol is needed: linear, neighbours, spreading, streamed, frozen, finetuned, scratch or pixels" : null,
            Amounts.Count == 0 ? "at least one amount of labels is needed, such as 10/class" : null,
            Draws < 1 ? $"draws must be 1 or more, got {Draws}" : null,
            (Extract is null && Protocols.Any(p => p != Protocol.Pixels)) || (Copy is null && Protocols.Any(p => p == Protocol.Streamed || TrainsOnImages(p))) ? "all protocols but pixels need an encoder; name a run" : null,
            ScalingImages < 2 ? $"the scaling needs 2 or more images, got {ScalingImages}" : null,
        ];
        if (faults.Any(f => f is not null)) throw new ArgumentException($"This evaluation can't run: {string.Join("; ", faults.OfType<string>())}.");
    }
}

/// <summary>Progress: what is being done and how much of it.</summary>
/// <param name="Work">Such as "features" or "pixels, 10/class, draw 1".</param>
public readonly record struct EvaluationProgress(string Work, int Done, int Of);
