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

/// <summary>Settings of <see cref="SimSiam"/>.</summary>
/// <param name="Encoder">Of whole images.</param>
public sealed record SimSiamOptions(ConvEncoderOptions Encoder) : ViewOptions(Encoder)
{
    public override ImageAugmentation Augmentation { get; init; } = ImageAugmentation.MoCoV2;

    /// <summary>d, the length of the vectors that are compared (paper: 2048).</summary>
    public int Projection { get; init; } = 1024;

    /// <summary>Layers of the projection head (paper: 3; 2 for images of 32 px).</summary>
    public int Layers { get; init; } = 2;

    /// <summary>Width inside the prediction head (paper: 512, a quarter of d).</summary>
    public int BottleneckWidth { get; init; } = 256;

    /// <summary>A small pre-activation network, and the views of MoCo v2, without blur where images are small.</summary>
    public static SimSiamOptions For(DataProfile data) => new(SmallEncoder(data))
    {
        Augmentation = Suited(ImageAugmentation.MoCoV2, data),
    };

    [JsonIgnore]
    public override SuggestedTraining Suggested => new(128, new(OptimiserKind.Sgd, 0.06) { WeightDecay = 5e-4 });

    public override void Validate(InputFormat input, ICollection<string> faults)
    {
        base.Validate(input, faults);
        if (Projection < 1 || Layers < 1 || BottleneckWidth < 1) faults.Add("projection, layers and bottleneck width must be at least 1");
    }

    internal override bool LearnsInRanks => true;

    public override IMethod Build(MethodContext context) => new SimSiam(this, context);
}

/// <summary>
/// SimSiam (Chen and He, "Exploring Simple Siamese Representation Learning", CVPR 2021):
/// <code>
/// z_v = g(f(x_v))                          projection of view v = 1, 2
/// p_v = h(z_v)                             prediction of the other view's projection
/// L = ½ D(p_1, sg z_2) + ½ D(p_2, sg z_1)  D the negative cosine, sg no gradient   (eqs. 1 and 4)
/// </code>
/// </summary>
/// <remarks>
/// L begins near 0. It falls to -1 also where all images get one vector; "output std", the spread of z/‖z‖, tells: near 1/√d it is
/// healthy, near 0 the network has collapsed.
/// </remarks>
public sealed class SimSiam : IMethod
{
    private readonly Siamese network;
    private readonly Views views;

    public SimSiam(SimSiamOptions options, MethodContext context)
    {
        context.Check(options);
        (network, views) = (context.Place(new Siamese(options, context)), new(context, options));
    }

    public Module Network => network;

    public Encoder Encoder => network.Embedding.Encoder;

    public Inputs Prepare(ImageBatch batch, Generator generator) => views.Of(batch, generator);

    public StepLoss Loss(Inputs inputs)
    {
        var (z1, z2) = (network.Forward(inputs.Tensors[0]), network.Forward(inputs.Tensors[1])); // [B, d]
        var (p1, p2) = (network.Predictor.Forward(z1), network.Predictor.Forward(z2));
        var loss = (NegativeCosine.Of(p1, z2.Detach()) + NegativeCosine.Of(p2, z1.Detach())) / 2;
        return new(loss, null, Metric.OutputStd(z1));
    }

    public void Dispose() => network.Dispose();

    private sealed class Siamese : Module
    {
        public Siamese(SimSiamOptions options, MethodContext context)
        {
            Embedding = Inner(new Embedding(options.Encoder, context, features => new ProjectionHead(
                [features, .. Enumerable.Repeat(options.Projection, options.Layers)], lastAffine: false, context.Generator)));
            Predictor = Child("predictor", new PredictionHead(options.Projection, options.BottleneckWidth, context.Generator));
        }

        public Embedding Embedding { get; }
        public PredictionHead Predictor { get; }

        public override Tensor Forward(Tensor x) => Embedding.Forward(x);
    }
}
