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

/// <summary>Settings of <see cref="VicReg"/>.</summary>
/// <param name="Encoder">Of whole images.</param>
public sealed record VicRegOptions(ConvEncoderOptions Encoder) : ViewOptions(Encoder)
{
    public override ImageAugmentation Augmentation { get; init; } = ImageAugmentation.ByolFirst;

    public override ImageAugmentation? SecondAugmentation { get; init; } = ImageAugmentation.ByolSecond;

    /// <summary>d, the width of the head's layers and of what it gives.</summary>
    public int Projection { get; init; } = 8192;

    /// <summary>Layers of the head.</summary>
    public int Layers { get; init; } = 3;

    /// <summary>Weight of s, the distance of the views.</summary>
    public double Invariance { get; init; } = 25;

    /// <summary>Weight of v, the lack of variance.</summary>
    public double Variance { get; init; } = 25;

    /// <summary>Weight of c, the covariance.</summary>
    public double Covariance { get; init; } = 1;

    /// <summary>A small network and a head of two layers of 512.</summary>
    public static VicRegOptions For(DataProfile data) => new(SmallEncoder(data))
    {
        Augmentation = Suited(ImageAugmentation.ByolFirst with { LeastArea = 0.2 }, data),
        SecondAugmentation = Suited(ImageAugmentation.ByolSecond with { LeastArea = 0.2 }, data),
        Projection = 512,
        Layers = 2,
    };

    [JsonIgnore]
    public override SuggestedTraining Suggested => new(128, new(OptimiserKind.AdamW, 2e-3) { WeightDecay = 1e-4 });

    public override void Validate(InputFormat input, ICollection<string> faults)
    {
        base.Validate(input, faults);
        if (Projection < 1 || Layers < 1) faults.Add("projection and layers must be at least 1");
        if (!(Invariance >= 0 && Variance >= 0 && Covariance >= 0)) faults.Add("weights must be 0 or more");
    }

    public override IMethod Build(MethodContext context) => new VicReg(this, context);
}

/// <summary>
/// VICReg (Bardes, Ponce and LeCun, "Variance-Invariance-Covariance Regularization for Self-Supervised Learning", ICLR 2022):
/// <code>
/// z_v = g(f(x_v))                  projection of view v = 1, 2
/// L = λ s + μ v + ν c              s = mean (z_1 - z_2)²                                             (eq. 5)
///                                  v = mean over coordinates of max(0, 1 - √(Var + ε)), both views   (eq. 1)
///                                  c = 1/d Σ_{i≠j} Cov_ij², both views                               (eq. 4)
/// </code>
/// </summary>
/// <remarks>
/// "variance", v itself, is 0 where each coordinate has a deviation of 1 or more, 0.99 where all images have one vector: then L is 24.75.
/// </remarks>
public sealed class VicReg : IMethod
{
    private const double Collapsed = 0.99; // v for one vector: 1 - √1e-4
    private readonly VicRegOptions options;
    private readonly Embedding network;
    private readonly Views views;

    public VicReg(VicRegOptions options, MethodContext context)
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
        var (s, v, c) = VarianceCovariance.Of(z1, z2);
        return new(s * options.Invariance + v * options.Variance + c * options.Covariance, null,
            new Metric("invariance", s.Detach()), new Metric("variance", v.Detach(), Collapsed), new Metric("covariance", c.Detach()),
            Metric.OutputStd(z1));
    }

    public void Dispose() => network.Dispose();
}
