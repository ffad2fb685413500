using System.Text.Json.Serialization;
using Foresee.Augmentation;
using Foresee.Encoders;
using Foresee.Heads;
using Foresee.Images;
using Foresee.Torch;
using Foresee.Torch.Layers;
using Foresee.Torch.Optimisers;

namespace Foresee.Methods;

/// <summary>Settings of <see cref="ContextEncoder"/>.</summary>
/// <param name="Encoder">Of whole images.</param>
public sealed record ContextEncoderOptions(ConvEncoderOptions Encoder) : ViewOptions(Encoder)
{
    public override ImageAugmentation Augmentation { get; init; } = new() { HorizontalFlip = 0.5 };

    /// <summary>Share of the image that is removed.</summary>
    public double Hole { get; init; } = 0.25;

    /// <summary>Grid along a side whose random values become the hole's blobs.</summary>
    public int Blobs { get; init; } = 8;

    /// <summary>Of the adversary's part of the loss; the rest is the squared error's. 0 for no adversary.</summary>
    public double Adversary { get; init; } = 0.001;

    /// <summary>Channels of the adversary's first layer.</summary>
    public int AdversaryWidth { get; init; } = 64;

    /// <summary>A small network and a small adversary.</summary>
    public static ContextEncoderOptions For(DataProfile data) => new(SmallEncoder(data))
    {
        Augmentation = Mirrored(data),
        AdversaryWidth = 16,
    };

    [JsonIgnore]
    public override SuggestedTraining Suggested => new(64, new(OptimiserKind.Adam, 2e-3) { Beta1 = 0.5 });

    public override void Validate(InputFormat input, ICollection<string> faults)
    {
        base.Validate(input, faults);
        if (Hole is not (> 0 and < 1)) faults.Add($"the hole must be a share of the image between 0 and 1, got {Hole}");
        if (Blobs < 2) faults.Add($"blobs need a grid of at least 2, got {Blobs}");
        if (Adversary is not (>= 0 and < 1)) faults.Add($"the adversary's share must lie in 0..1 without 1, got {Adversary}");
        if (AdversaryWidth < 1) faults.Add($"the adversary needs a width of at least 1, got {AdversaryWidth}");
        if (Math.Min(input.Height, input.Width) < 8) faults.Add($"images must have at least 8 px, got {input.Height} x {input.Width}");
    }

    public override IMethod Build(MethodContext context) => new ContextEncoder(this, context);
}

/// <summary>
/// Context encoder (Pathak, Krähenbühl, Donahue, Darrell and Efros, "Context Encoders: Feature Learning by Inpainting", CVPR 2016): what
/// was in the hole?
/// <code>
/// F = g(f((1-M)·x))                                                  M 1 in the hole, whose place shows the images' mean
/// L_rec = Σ M·(x - F)² / Σ M                                         (eq. 1)
/// x^ = M·F + (1-M)·x
/// L_D = -mean log D(x) - mean log(1 - D(x^))                         (eq. 2)
/// L_G = (1-λ)·L_rec - λ·mean log D(x^)                               (eq. 3)
/// </code>
/// </summary>
/// <remarks>
/// Two phases: f and g learn from L_G, D from L_D at a tenth of their rate. L_D begins near 2 ln 2, L_rec near the variance of the images,
/// 1 where they are normalised. The hole is of random blobs of exactly its share, and D sees the whole picture.
/// </remarks>
public sealed class ContextEncoder : IMethod
{
    private const double AdversaryRate = 0.1;
    private readonly ContextEncoderOptions options;
    private readonly MethodContext context;
    private readonly Views views;
    private readonly Inpainter network;

    public ContextEncoder(ContextEncoderOptions options, MethodContext context)
    {
        context.Check(options);
        (this.options, this.context) = (options, context);
        views = new(context, Views.Maker(context, options.Augmentation));
        network = context.Place(new Inpainter(options, context));
    }

    public Module Network => network;

    public Encoder Encoder => network.Painter.Encoder;

    public IReadOnlyList<Phase> Phases
    {
        get
        {
            var painting = new Phase("painting", network.Painter.Parameters(), Loss);
            return network.Adversary is not { } adversary
                ? [painting]
                : [painting, new Phase("adversary", adversary.Parameters(), AdversaryLoss) { Rate = AdversaryRate }];
        }
    }

    public Inputs Prepare(ImageBatch batch, Generator generator)
    {
        var seen = views.Of(batch, generator);
        var x = seen.Tensors[0];
        return seen with { Tensors = [x, Holes(x.Shape, options.Hole, options.Blobs, generator).To(x.Device)] };
    }

    /// <summary>The highest places of smooth noise.</summary>
    /// <param name="shape">[B, C, h, w]</param>
    /// <returns>[B, 1, h, w] of 0 and 1</returns>
    internal static Tensor Holes(long[] shape, double share, int blobs, Generator generator)
    {
        var noise = Tensor.Rand([shape[0], 1, blobs, blobs], generator);
        var smooth = Tensor.Invoke("aten::upsample_bicubic2d", "", noise, new[] { shape[2], shape[3] }, false).Flatten(1);  // [B, h·w]
        var places = smooth.TopK((int)Math.Max(1, Math.Round(share * shape[2] * shape[3]))).Indices;
        return smooth.ZerosLike().Scatter_(1, places, 1.0).View(shape[0], 1, shape[2], shape[3]);
    }

    public StepLoss Loss(Inputs inputs)
    {
        var (x, hole) = (inputs.Tensors[0], inputs.Tensors[1]);
        var filled = network.Forward(Holed(x, hole));
        var reconstruction = Reconstruction(x, filled, hole);
        double? variance = context.Input.Std.Count > 0 ? 1 : null;
        if (network.Adversary is null) return new(reconstruction, variance);
        var (fooled, λ) = (Likelihood(network.Adversary.Forward(Composed(x, filled, hole)), real: true), options.Adversary);
        return new((1 - λ) * reconstruction + λ * fooled, (1 - λ) * variance + λ * Math.Log(2),
            new Metric("reconstruction", reconstruction.Detach(), variance));
    }

    private StepLoss AdversaryLoss(Inputs inputs)
    {
        var (x, hole) = (inputs.Tensors[0], inputs.Tensors[1]);
        Tensor painted;
        using (Autograd.NoGrad()) painted = Composed(x, network.Forward(Holed(x, hole)), hole);
        var (real, fake) = (network.Adversary!.Forward(x), network.Adversary.Forward(painted));
        var loss = Likelihood(real, real: true) + Likelihood(fake, real: false);
        return new(loss, null, new Metric("adversary", loss.Detach(), 2 * Math.Log(2)));     // it may lose at times: no divergence
    }

    /// <summary>Over the hole only; 0 where there is none.</summary>
    internal static Tensor Reconstruction(Tensor x, Tensor filled, Tensor hole) =>
        (hole * (x - filled).Square()).Sum() / (hole.Sum() * (double)x.Size(1)).Clamp(low: 1);

    /// <summary>-mean log D, or -mean log(1 - D).</summary>
    internal static Tensor Likelihood(Tensor scores, bool real) =>
        Torch.Losses.Loss.BinaryCrossEntropy(scores, real ? scores.OnesLike() : scores.ZerosLike());

    private static Tensor Holed(Tensor x, Tensor hole) => x - x * hole;

    internal static Tensor Composed(Tensor x, Tensor filled, Tensor hole) => hole * filled + Holed(x, hole);

    public IReadOnlyList<Tensor> Pictures(ImageBatch batch, Generator generator)
    {
        var inputs = Prepare(batch, generator).Tensors;
        var (x, hole) = (inputs[0], inputs[1]);
        var holed = Holed(x, hole);
        return [context.Shown(holed), context.Shown(x), context.Shown(Composed(x, network.Forward(holed), hole))];
    }

    public void Dispose() => network.Dispose();

    private sealed class Inpainter : Module
    {
        public Inpainter(ContextEncoderOptions options, MethodContext context)
        {
            var input = context.Input;
            Painter = Inner(new EncoderDecoder(options.Encoder, context));
            if (options.Adversary > 0)
                Adversary = Child("adversary", new Discriminator(input.Channels, Math.Min(input.Height, input.Width),
                    options.AdversaryWidth, context.Generator));
        }

        public EncoderDecoder Painter { get; }

        /// <summary>Null where there is none.</summary>
        public Discriminator? Adversary { get; }

        public override Tensor Forward(Tensor x) => Painter.Forward(x);
    }
}
