using System.Text.Json.Serialization;
using Foresee.Augmentation;
using Foresee.Encoders;
using Foresee.Heads;
using Foresee.Images;
using Foresee.Torch;
using Foresee.Torch.Layers;
using Foresee.Torch.Optimisers;

namespace Foresee.Methods;

/// <summary>Settings of <see cref="BigBiGan"/>; much smaller networks than the published ones.</summary>
/// <param name="Encoder">Of whole images.</param>
public sealed record BigBiGanOptions(ConvEncoderOptions Encoder) : ViewOptions(Encoder)
{
    public override ImageAugmentation Augmentation { get; init; } = new() { HorizontalFlip = 0.5 };

    /// <summary>Length of z.</summary>
    public int Latent { get; init; } = 120;

    /// <summary>Channels of the generator's first grid.</summary>
    public int GeneratorWidth { get; init; } = 512;

    /// <summary>Channels of the discriminator's first layer.</summary>
    public int DiscriminatorWidth { get; init; } = 64;

    /// <summary>Width of the discriminator's layers on vectors and pairs.</summary>
    public int HiddenWidth { get; init; } = 512;

    /// <summary>Small networks, z of 64 numbers.</summary>
    public static BigBiGanOptions For(DataProfile data) => new(SmallEncoder(data))
    {
        Augmentation = Mirrored(data),
        Latent = 64,
        GeneratorWidth = 128,
        DiscriminatorWidth = 32,
        HiddenWidth = 128,
    };

    /// <summary>The encoder's rate; the others learn at a tenth of it.</summary>
    [JsonIgnore]
    public override SuggestedTraining Suggested => new(64, new(OptimiserKind.Adam, 2e-3) { Beta1 = 0 });

    public override void Validate(InputFormat input, ICollection<string> faults)
    {
        base.Validate(input, faults);
        if (Latent < 1 || GeneratorWidth < 1 || DiscriminatorWidth < 1 || HiddenWidth < 1)
            faults.Add("latent and all widths must be at least 1");
        if (Math.Min(input.Height, input.Width) < 8) faults.Add($"images must have at least 8 px, got {input.Height} x {input.Width}");
    }

    public override IMethod Build(MethodContext context) => new BigBiGan(this, context);
}

/// <summary>
/// BigBiGAN (Donahue and Simonyan, "Large Scale Adversarial Representation Learning", NeurIPS 2019), small: the encoder learns to invert a
/// generator, because the discriminator sees pairs.
/// <code>
/// ẑ = W f(x), x^ = G(z), z ~ N(0, 1)
/// L_D = Σ over s of s_x, s_z, s_xz of mean max(0, 1 - s(x, ẑ)) + mean max(0, 1 + s(x^, z))
/// L_EG = Σ over s of mean s(x, ẑ) - mean s(x^, z)
/// </code>
/// </summary>
/// <remarks>
/// Three phases: the discriminator, then the encoder on its part of L_EG, then the generator on its own, the last at a tenth of the
/// encoder's rate like the first. L_D begins near 6. ẑ is one vector here, where the paper's encoder gives a distribution.
/// </remarks>
public sealed class BigBiGan : IMethod
{
    private const double OthersRate = 0.1, StartLoss = 6;
    private readonly BigBiGanOptions options;
    private readonly MethodContext context;
    private readonly Views views;
    private readonly Players network;

    public BigBiGan(BigBiGanOptions options, MethodContext context)
    {
        context.Check(options);
        (this.options, this.context) = (options, context);
        views = new(context, Views.Maker(context, options.Augmentation));
        network = context.Place(new Players(options, context));
    }

    public Module Network => network;

    public Encoder Encoder => network.Inverse.Encoder;

    public IReadOnlyList<Phase> Phases => [
        new("discriminator", network.Discriminator.Parameters(), Loss) { Rate = OthersRate },
        new("encoder", network.Inverse.Parameters(), inputs => new(Scores(inputs.Tensors[0], Inverted(inputs)).Sum(1).Mean(), null)),
        new("generator", network.Generator.Parameters(), inputs =>
            new(-Scores(Generated(inputs), inputs.Tensors[1]).Sum(1).Mean(), null)) { Rate = OthersRate },
    ];

    /// <summary>The second tensor is z: [B, latent].</summary>
    public Inputs Prepare(ImageBatch batch, Generator generator)
    {
        var seen = views.Of(batch, generator);
        var z = Tensor.RandN([batch.Count, options.Latent], generator).To(context.Device);
        return seen with { Tensors = [seen.Tensors[0], z] };
    }

    /// <summary>The discriminator's.</summary>
    public StepLoss Loss(Inputs inputs)
    {
        Tensor inverted, generated;
        using (Autograd.NoGrad()) (inverted, generated) = (Inverted(inputs), Generated(inputs));
        var loss = Hinge(Scores(inputs.Tensors[0], inverted), Scores(generated, inputs.Tensors[1]));
        // a game has no level that it falls from, so that none of its losses is a divergence
        return new(loss, null, new Metric("discriminator", loss.Detach(), StartLoss), Metric.OutputStd(inverted));
    }

    /// <param name="real">s(x, ẑ): [B, 3]</param>
    /// <param name="made">s(x^, z): [B, 3]</param>
    internal static Tensor Hinge(Tensor real, Tensor made) => ((-real + 1.0).Relu() + (made + 1.0).Relu()).Sum(1).Mean();

    private Tensor Scores(Tensor x, Tensor z) => network.Discriminator.Forward(x, z);

    private Tensor Inverted(Inputs inputs) => network.Inverse.Forward(inputs.Tensors[0]);

    private Tensor Generated(Inputs inputs) => context.Normalised(network.Generator.Forward(inputs.Tensors[1]));

    public IReadOnlyList<Tensor> Pictures(ImageBatch batch, Generator generator)
    {
        var inputs = Prepare(batch, generator);
        var again = network.Generator.Forward(Inverted(inputs)).To(Device.Cpu);              // G(ẑ)
        return [context.Shown(inputs.Tensors[0]), context.Shown(inputs.Tensors[0]), again];
    }

    public void Dispose() => network.Dispose();

    private sealed class Players : Module
    {
        public Players(BigBiGanOptions options, MethodContext context)
        {
            var input = context.Input;
            Inverse = Inner(new Embedding(options.Encoder, context,
                features => new Mlp([features, options.Latent], norms: false, context.Generator)));
            Generator = Child("generator", new Painter(options, context));
            Discriminator = Child("discriminator", new PairDiscriminator(input.Channels, input.Height, input.Width,
                options.DiscriminatorWidth, options.Latent, options.HiddenWidth, context.Generator));
        }

        public Embedding Inverse { get; }
        public Painter Generator { get; }
        public PairDiscriminator Discriminator { get; }

        public override Tensor Forward(Tensor x) => Inverse.Forward(x);
    }

    /// <summary>G: a linear layer to a small grid, then a decoder; pixels of 0 to 1.</summary>
    private sealed class Painter : Module
    {
        private const int LargestGrid = 8; // px
        private readonly Linear first;
        private readonly Decoder decoder;
        private readonly int height, width, channels;

        public Painter(BigBiGanOptions options, MethodContext context)
        {
            var (input, halvings) = (context.Input, 0);
            while (Math.Min(input.Height, input.Width) >> halvings > LargestGrid) halvings++;
            int Halved(int side) => (side + (1 << halvings) - 1) >> halvings;
            (height, width, channels) = (Halved(input.Height), Halved(input.Width), options.GeneratorWidth);
            first = Child("first", new Linear(options.Latent, height * width * channels, bias: true, context.Generator));
            decoder = Child("decoder", new Decoder(channels, input.Channels, input.Height, input.Width, halvings, context.Generator));
        }

        /// <param name="x">z: [B, latent]</param>
        /// <returns>[B, C, h, w]</returns>
        public override Tensor Forward(Tensor x) =>
            decoder.Forward(first.Forward(x).Relu().View(x.Size(0), height, width, channels)).Sigmoid();
    }
}
