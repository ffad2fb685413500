using System.Text.Json.Serialization;
using Foresee.Augmentation;
using Foresee.Encoders;
using Foresee.Images;
using Foresee.Torch;
using Foresee.Torch.Layers;
using Foresee.Torch.Optimisers;

namespace Foresee.Methods;

/// <summary>Settings of <see cref="Autoencoder"/> on images as they are.</summary>
/// <param name="Encoder">Of whole images.</param>
public sealed record AutoencoderOptions(ConvEncoderOptions Encoder) : ReconstructionOptions(Encoder)
{
    /// <summary>A small network.</summary>
    public static AutoencoderOptions For(DataProfile data) => new(SmallEncoder(data)) { Augmentation = Mirrored(data) };
}

/// <summary>Settings of <see cref="Autoencoder"/> on images that are partly lost.</summary>
/// <param name="Encoder">Of whole images.</param>
public sealed record DenoisingAutoencoderOptions(ConvEncoderOptions Encoder) : ReconstructionOptions(Encoder)
{
    public override double Masked { get; init; } = 0.25;

    /// <summary>A small network.</summary>
    public static DenoisingAutoencoderOptions For(DataProfile data) =>
        new(SmallEncoder(data)) { Augmentation = Mirrored(data) };
}

/// <summary>What both have in common.</summary>
/// <param name="Encoder">Of whole images.</param>
public abstract record ReconstructionOptions(ConvEncoderOptions Encoder) : ViewOptions(Encoder)
{
    public override ImageAugmentation Augmentation { get; init; } = new() { HorizontalFlip = 0.5 };

    /// <summary>Probability of a pixel to become the mean, 0..1.</summary>
    public virtual double Masked { get; init; }

    /// <summary>Deviation of Gaussian noise, of normalised pixels.</summary>
    public virtual double Noise { get; init; }

    [JsonIgnore]
    public override SuggestedTraining Suggested => new(128, new(OptimiserKind.Adam, 1e-3));

    public override void Validate(InputFormat input, ICollection<string> faults)
    {
        base.Validate(input, faults);
        if (Masked is not (>= 0 and < 1)) faults.Add($"the share of masked pixels must lie in 0..1 without 1, got {Masked}");
        if (!(Noise >= 0)) faults.Add($"the noise must be 0 or more, got {Noise}");
    }

    public override IMethod Build(MethodContext context) => new Autoencoder(this, context);
}

/// <summary>
/// Autoencoder (Hinton and Salakhutdinov, "Reducing the Dimensionality of Data with Neural Networks", Science 2006) and denoising
/// autoencoder (Vincent, Larochelle, Bengio and Manzagol, "Extracting and Composing Robust Features with Denoising Autoencoders",
/// ICML 2008): the image again, from the encoder's grid.
/// <code>
/// x~ = m·x + σ·ε                                                     m 0 where a pixel is masked; x itself without masks and noise
/// L = mean over pixels and channels of (x - g(f(x~)))²
/// </code>
/// </summary>
/// <remarks>
/// L begins near the variance of the images, 1 where they are normalised. A control, not a contender: what is good for copying says little
/// about what is seen.
/// </remarks>
public sealed class Autoencoder : IMethod
{
    private readonly ReconstructionOptions options;
    private readonly MethodContext context;
    private readonly Views views;
    private readonly EncoderDecoder network;

    public Autoencoder(ReconstructionOptions options, MethodContext context)
    {
        context.Check(options);
        (this.options, this.context) = (options, context);
        views = new(context, Views.Maker(context, options.Augmentation));
        network = context.Place(new EncoderDecoder(options.Encoder, context));
    }

    public Module Network => network;

    public Encoder Encoder => network.Encoder;

    public Inputs Prepare(ImageBatch batch, Generator generator)
    {
        var seen = views.Of(batch, generator);
        return seen with { Tensors = [seen.Tensors[0], Corrupted(seen.Tensors[0], options.Masked, options.Noise, generator)] };
    }

    /// <param name="x">[B, C, h, w]</param>
    internal static Tensor Corrupted(Tensor x, double masked, double noise, Generator generator)
    {
        Tensor Drawn(Tensor values) => values.To(x.Device);
        if (masked > 0) x = x * Drawn(Tensor.Rand([x.Size(0), 1, x.Size(2), x.Size(3)], generator).Less(1 - masked).To(DType.Float32));
        if (noise > 0) x = x + Drawn(Tensor.RandN(x.Shape, generator) * noise);
        return x;
    }

    public StepLoss Loss(Inputs inputs) => new(Torch.Losses.Loss.MeanSquaredError(network.Forward(inputs.Tensors[1]), inputs.Tensors[0]),
        context.Input.Std.Count > 0 ? 1 : null);

    public IReadOnlyList<Tensor> Pictures(ImageBatch batch, Generator generator) => network.Pictures(Prepare(batch, generator));

    public void Dispose() => network.Dispose();
}
