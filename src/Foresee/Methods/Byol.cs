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

/// <summary>Settings of <see cref="Byol"/>.</summary>
/// <param name="Encoder">Of whole images.</param>
public sealed record ByolOptions(ConvEncoderOptions Encoder) : ViewOptions(Encoder)
{
    public override ImageAugmentation Augmentation { get; init; } = ImageAugmentation.ByolFirst;

    public override ImageAugmentation? SecondAugmentation { get; init; } = ImageAugmentation.ByolSecond;

    /// <summary>Width inside both heads.</summary>
    public int HeadWidth { get; init; } = 4096;

    /// <summary>d, the length of the vectors that are compared.</summary>
    public int Projection { get; init; } = 256;

    /// <summary>τ at the first step, the share of itself that the copy keeps; it rises to 1 at the last (paper: 0.996 for 1000 passes).
    /// </summary>
    public double Momentum { get; init; } = 0.996;

    /// <summary>A small network, heads to match, and a copy that keeps up with a short run.</summary>
    public static ByolOptions For(DataProfile data) => new(SmallEncoder(data))
    {
        Augmentation = Suited(ImageAugmentation.ByolFirst, data),
        SecondAugmentation = Suited(ImageAugmentation.ByolSecond, data),
        HeadWidth = 1024,
        Momentum = 0.97,
    };

    [JsonIgnore]
    public override SuggestedTraining Suggested => new(128, new(OptimiserKind.Sgd, 0.06) { WeightDecay = 5e-4 });

    public override void Validate(InputFormat input, ICollection<string> faults)
    {
        base.Validate(input, faults);
        if (HeadWidth < 1 || Projection < 1) faults.Add("head width and projection must be at least 1");
        if (Momentum is not (>= 0 and <= 1)) faults.Add($"the momentum must lie in 0..1, got {Momentum}");
    }

    internal override bool LearnsInRanks => true;

    public override IMethod Build(MethodContext context) => new Byol(this, context);
}

/// <summary>
/// BYOL (Grill et al., "Bootstrap Your Own Latent", NeurIPS 2020):
/// <code>
/// z = g(f(x)),  z' = g'(f'(x))                                  f', g' the momentum copy, without gradient
/// L = 2 - 2 cos(h(z_1), z'_2)  +  2 - 2 cos(h(z_2), z'_1)       h the prediction head   (eq. 2, both ways)
/// θ' ← τ θ' + (1 - τ) θ,  τ = 1 - (1 - τ_0) (cos(π s/S) + 1) / 2    after step s of S   (section 3.1)
/// </code>
/// </summary>
/// <remarks>
/// L begins near 4 and lies in 0..8. It falls to 0 also where all images get one vector; "output std", the spread of z/‖z‖, tells: near
/// 1/√d it is healthy, near 0 the network has collapsed.
/// </remarks>
public sealed class Byol : IMethod
{
    private const double Unrelated = 4; // of the loss: both cosines 0
    private readonly Embedding online;
    private readonly PredictionHead predictor;
    private readonly MomentumCopy<Embedding> copy;
    private readonly NamedParts network;
    private readonly Views views;
    private readonly double momentum;

    public Byol(ByolOptions options, MethodContext context)
    {
        context.Check(options);
        (views, momentum) = (new(context, options), options.Momentum);
        Embedding Make() => new(options.Encoder, context,
            features => new Mlp([features, options.HeadWidth, options.Projection], norms: true, context.Generator));
        online = Make();
        predictor = new(options.Projection, options.HeadWidth, context.Generator);
        copy = new(online, Make());
        network = context.Place(new NamedParts(("online", online), ("predictor", predictor), ("copy", copy.Network)));
    }

    public Module Network => network;

    public Encoder Encoder => online.Encoder;

    public Inputs Prepare(ImageBatch batch, Generator generator) => views.Of(batch, generator);

    public StepLoss Loss(Inputs inputs)
    {
        var (x1, x2) = (inputs.Tensors[0], inputs.Tensors[1]);
        var (z1, z2) = (online.Forward(x1), online.Forward(x2));                            // [B, d]
        var loss = Distance(predictor.Forward(z1), copy.Forward(x2)) + Distance(predictor.Forward(z2), copy.Forward(x1));
        return new(loss, Unrelated, Metric.OutputStd(z1));
    }

    internal static Tensor Distance(Tensor prediction, Tensor target) => NegativeCosine.Of(prediction, target) * 2 + 2;

    public void AfterStep(long step, long steps) => copy.Follow(MomentumAt(momentum, step, steps));

    /// <summary>τ after a step.</summary>
    /// <param name="steps">0 while that is not known.</param>
    internal static double MomentumAt(double first, long step, long steps) =>
        steps == 0 ? first : 1 - (1 - first) * (Math.Cos(Math.PI * Math.Min(1, (double)step / steps)) + 1) / 2;

    public void Dispose() => network.Dispose();
}
