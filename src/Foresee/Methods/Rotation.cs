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

/// <summary>Settings of <see cref="Rotation"/>.</summary>
/// <param name="Encoder">Of whole images.</param>
public sealed record RotationOptions(ConvEncoderOptions Encoder) : UprightOptions(Encoder)
{
    /// <summary>Before the turn; its own quarter turns would make the question meaningless.</summary>
    public override ImageAugmentation Augmentation { get; init; } = new() { Padding = 4, HorizontalFlip = 0.5 };

    /// <summary>A small network; moved by an eighth of the side.</summary>
    public static RotationOptions For(DataProfile data) => new(SmallEncoder(data))
    {
        Augmentation = new() { Padding = Math.Max(1, data.Input.Height / 8), HorizontalFlip = 0.5, Edge = EdgeFill.Mirror },
        Upright = data.Upright,
    };

    [JsonIgnore]
    public override SuggestedTraining Suggested => new(128, new(OptimiserKind.Sgd, 0.1) { Nesterov = true, WeightDecay = 5e-4 });

    public override void Validate(InputFormat input, ICollection<string> faults)
    {
        base.Validate(input, faults);
        if (input.Height != input.Width)
            faults.Add($"a turned image has its own shape only where it is square, got {input.Height} x {input.Width} px");
    }

    /// <summary>The images, then the four copies.</summary>
    public override IReadOnlyList<Tensor> Examples(ImageBatch batch, InputFormat input, Generator generator)
    {
        var seen = base.Examples(batch, input, generator);                                  // each [B, 1, 1, C, h, h]
        return [seen[0], .. Enumerable.Range(0, TurnChoice.Turns).Select(quarters => TurnChoice.Turned(seen[1], quarters))];
    }

    public override IMethod Build(MethodContext context) => new Rotation(this, context);
}

/// <summary>
/// Rotation (Gidaris, Singh and Komodakis, "Unsupervised Representation Learning by Predicting Image Rotations", ICLR 2018): by how many
/// right angles was the image turned?
/// <code>
/// L = -mean over images and k = 0..3 of log softmax(W f(turned by k·90° x))_k            (eq. 2 and 3)
/// </code>
/// </summary>
/// <remarks>
/// All four copies of an image are in one batch. L begins near ln 4, which images that look the same after a half or quarter turn can't
/// better. The last stage knows the angle best; an earlier one (<see cref="StageOptions"/>) tells more about what is seen (table 1).
/// </remarks>
public sealed class Rotation : IMethod
{
    private readonly Embedding network;
    private readonly Views views;

    public Rotation(RotationOptions options, MethodContext context)
    {
        context.Check(options);
        network = context.Place(new Embedding(options.Encoder, context,
            features => new Mlp([features, TurnChoice.Turns], norms: false, context.Generator)));
        views = new(context, Views.Maker(context, options.Augmentation));
    }

    public Module Network => network;

    public Encoder Encoder => network.Encoder;

    public Inputs Prepare(ImageBatch batch, Generator generator) => views.Of(batch, generator);

    public StepLoss Loss(Inputs inputs) =>
        StepLoss.Among(TurnChoice.Turns, TurnChoice.Of(network.Forward(TurnChoice.Copies(inputs.Tensors[0]))));

    public void Dispose() => network.Dispose();
}
