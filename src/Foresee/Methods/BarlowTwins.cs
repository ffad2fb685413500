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

/// <summary>Settings of <see cref="BarlowTwins"/>.</summary>
/// <param name="Encoder">Of whole images.</param>
public sealed record BarlowTwinsOptions(ConvEncoderOptions Encoder) : ViewOptions(Encoder)
{
    public override ImageAugmentation Augmentation { get; init; } = ImageAugmentation.ByolFirst;

    public override ImageAugmentation? SecondAugmentation { get; init; } = ImageAugmentation.ByolSecond;

    /// <summary>d, the width of the head's layers and of what it gives.</summary>
    public int Projection { get; init; } = 8192;

    /// <summary>Layers of the head.</summary>
    public int Layers { get; init; } = 3;

    /// <summary>λ, the weight of what lies off the diagonal.</summary>
    public double OffDiagonal { get; init; } = 0.0051;

    /// <summary>What the loss is multiplied by (the code that was published: 0.024; the paper: 1).</summary>
    public double Scale { get; init; } = 0.024;

    /// <summary>A small network and a head of two layers of 512.</summary>
    public static BarlowTwinsOptions For(DataProfile data) => new(SmallEncoder(data))
    {
        Augmentation = Suited(ImageAugmentation.ByolFirst, data),
        SecondAugmentation = Suited(ImageAugmentation.ByolSecond, data),
        Projection = 512,
        Layers = 2,
        Scale = 0.1,
    };

    [JsonIgnore]
    public override SuggestedTraining Suggested => new(128, new(OptimiserKind.AdamW, 2e-3) { WeightDecay = 1e-4 });

    public override void Validate(InputFormat input, ICollection<string> faults)
    {
        base.Validate(input, faults);
        if (Projection < 2 || Layers < 1) faults.Add("projection must be at least 2, layers at least 1");
        if (!(OffDiagonal >= 0) || !(Scale > 0)) faults.Add("the weight off the diagonal must be 0 or more, the scale above 0");
    }

    public override IMethod Build(MethodContext context) => new BarlowTwins(this, context);
}

/// <summary>
/// Barlow Twins (Zbontar, Jing, Misra, LeCun and Deny, "Self-Supervised Learning via Redundancy Reduction", ICML 2021):
/// <code>
/// z_v = g(f(x_v))                                  projection of view v = 1, 2, each coordinate standardised over the batch
/// L = Σ_i (1 - C_ii)² + λ Σ_{i≠j} C_ij²            C_ij the correlation of z_1's coordinate i with z_2's j   (eqs. 1 and 2)
/// </code>
/// </summary>
/// <remarks>
/// "agreement", the mean of C's diagonal, begins near 0 for unrelated views and rises to 1. L can't reach 0 while a batch has fewer images
/// than C has coordinates.
/// </remarks>
public sealed class BarlowTwins : IMethod
{
    private readonly BarlowTwinsOptions options;
    private readonly Embedding network;
    private readonly Views views;

    public BarlowTwins(BarlowTwinsOptions options, MethodContext context)
    {
        context.Check(options);
        (this.options, views) = (options, new(context, options));
        network = context.Place(new Embedding(options.Encoder, context, features =>
            new Mlp([features, .. Enumerable.Repeat(options.Projection, options.Layers)], norms: true, context.Generator)));
    }

    public Module Network => network;

    public Encoder Encoder => network.Encoder;

    public Inputs Prepare(ImageBatch batch, Generator generator) => views.Of(batch, generator);

    public StepLoss Loss(Inputs inputs)
    {
        var (z1, z2) = (network.Forward(inputs.Tensors[0]), network.Forward(inputs.Tensors[1])); // [B, d]
        var (loss, agreement) = CrossCorrelation.Of(z1, z2, options.OffDiagonal);
        return new(loss * options.Scale, null, new Metric("agreement", agreement, 0), Metric.OutputStd(z1));
    }

    public void Dispose() => network.Dispose();
}
