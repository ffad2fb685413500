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

/// <summary>Settings of <see cref="SimClr"/>.</summary>
/// <param name="Encoder">Of whole images.</param>
public sealed record SimClrOptions(ConvEncoderOptions Encoder) : ViewOptions(Encoder)
{
    public override ImageAugmentation Augmentation { get; init; } = ImageAugmentation.SimClr;

    /// <summary>Width inside the head (paper: that of the features, 2048).</summary>
    public int HeadWidth { get; init; } = 2048;

    /// <summary>d, the length of the vectors that are compared.</summary>
    public int Projection { get; init; } = 128;

    /// <summary>τ</summary>
    public double Temperature { get; init; } = 0.1;

    /// <summary>A small network, half the jitter on small images, and a temperature that suits small batches.</summary>
    public static SimClrOptions For(DataProfile data) => new(SmallEncoder(data))
    {
        Augmentation = Suited(ImageAugmentation.SimClr32 with { LeastArea = 0.2, Blur = 0.5 }, data),
        HeadWidth = 512,
        Temperature = 0.2,
    };

    [JsonIgnore]
    public override SuggestedTraining Suggested => new(256, new(OptimiserKind.Sgd, 0.12) { WeightDecay = 5e-4 });

    public override void Validate(InputFormat input, ICollection<string> faults)
    {
        base.Validate(input, faults);
        if (HeadWidth < 1 || Projection < 1) faults.Add("head width and projection must be at least 1");
        if (!(Temperature > 0)) faults.Add($"the temperature must be above 0, got {Temperature}");
    }

    internal override bool LearnsInRanks => true;

    public override IMethod Build(MethodContext context) => new SimClr(this, context);
}

/// <summary>
/// SimCLR (Chen, Kornblith, Norouzi and Hinton, "A Simple Framework for Contrastive Learning of Visual Representations", ICML 2020):
/// <code>
/// z_v = g(f(x_v))                                                    projection of view v = 1, 2
/// L = -mean over 2N views i of log( e^(s_ij/τ) / Σ_{k≠i} e^(s_ik/τ) )    s the cosine, j the other view of i's image   (eq. 1)
/// </code>
/// </summary>
/// <remarks>
/// L begins near ln(2N - 1), which is also its value where all images get one vector; "accuracy" is how often the partner is found.
/// </remarks>
public sealed class SimClr : IMethod
{
    private readonly Embedding network;
    private readonly Views views;
    private readonly double temperature;
    private readonly BatchShare share;

    public SimClr(SimClrOptions options, MethodContext context)
    {
        context.Check(options);
        network = context.Place(new Embedding(options.Encoder, context,
            features => new Mlp([features, options.HeadWidth, options.Projection], norms: false, context.Generator)));
        (views, temperature, share) = (new(context, options), options.Temperature, context.Share);
    }

    public Module Network => network;

    public Encoder Encoder => network.Encoder;

    public Inputs Prepare(ImageBatch batch, Generator generator) => views.Of(batch, generator);

    public StepLoss Loss(Inputs inputs)
    {
        var z = network.Forward(Tensor.Cat([.. inputs.Tensors]));                           // [2N, d], normed as one batch
        var all = share.Candidates(z);
        return StepLoss.Among(all.Size(0) - 1, NtXent.Of(z, temperature, all, share.FirstCandidate(z.Size(0))), Metric.OutputStd(z));
    }

    public void Dispose() => network.Dispose();
}
