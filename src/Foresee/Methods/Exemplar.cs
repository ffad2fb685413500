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

/// <summary>Settings of <see cref="Exemplar"/>.</summary>
/// <param name="Encoder">Of whole images.</param>
public sealed record ExemplarOptions(ConvEncoderOptions Encoder) : ViewOptions(Encoder)
{
    /// <summary>Large and small parts, often grey (Kolesnikov et al. 2019).</summary>
    public override ImageAugmentation Augmentation { get; init; } = new()
    {
        LeastArea = 0.05,
        MostArea = 1,
        HorizontalFlip = 0.5,
        Greyscale = 0.66,
    };

    /// <summary>Of each image.</summary>
    public int Views { get; init; } = 8;

    /// <summary>d, the length of the vectors.</summary>
    public int Projection { get; init; } = 1000;

    public double Margin { get; init; } = 0.5;

    /// <summary>A small network, four views.</summary>
    public static ExemplarOptions For(DataProfile data) => new(SmallEncoder(data))
    {
        Augmentation = Suited(ImageAugmentation.MoCoV2, data),
        Views = 4,
        Projection = 256,
    };

    [JsonIgnore]
    public override SuggestedTraining Suggested => new(64, new(OptimiserKind.Sgd, 0.06) { WeightDecay = 5e-4 });

    public override void Validate(InputFormat input, ICollection<string> faults)
    {
        base.Validate(input, faults);
        if (Views < 2 || Projection < 1) faults.Add("views must be at least 2, projection at least 1");
        if (!(Margin > 0)) faults.Add($"the margin must be above 0, got {Margin}");
    }

    public override IMethod Build(MethodContext context) => new Exemplar(this, context);
}

/// <summary>
/// Exemplar (Dosovitskiy, Springenberg, Riedmiller and Brox 2014), in its triplet form (Kolesnikov, Zhai and Beyer, "Revisiting
/// Self-Supervised Visual Representation Learning", CVPR 2019): views of one image lie nearer to each other than to those of another.
/// <code>
/// z_v = W f(x_v) / ‖·‖                                               views v = 1..V
/// L = mean over pairs a, p of one image of max(0, ‖z_a - z_p‖² - ‖z_a - z_n‖² + margin)    n semi-hard
/// </code>
/// </summary>
/// <remarks>
/// L begins near the margin, its value where all images get one vector. "accuracy" is how often a view's nearest is one of its own image.
/// </remarks>
public sealed class Exemplar : IMethod
{
    private readonly ExemplarOptions options;
    private readonly Embedding network;
    private readonly Views views;

    public Exemplar(ExemplarOptions options, MethodContext context)
    {
        context.Check(options);
        this.options = options;
        views = new(context, [.. Enumerable.Repeat(Methods.Views.Maker(context, options.Augmentation), options.Views)]);
        network = context.Place(new Embedding(options.Encoder, context,
            features => new Mlp([features, options.Projection], norms: false, context.Generator)));
    }

    public Module Network => network;

    public Encoder Encoder => network.Encoder;

    public Inputs Prepare(ImageBatch batch, Generator generator) => views.Of(batch, generator);

    public StepLoss Loss(Inputs inputs)
    {
        var z = NegativeCosine.Unit(network.Forward(Tensor.Cat([.. inputs.Tensors])));      // [V·B, d]
        var correct = Triplet.Correct(z.Detach(), options.Views);
        return new(Triplet.SemiHard(z, options.Views, options.Margin), options.Margin,
            new Metric(Metric.Accuracy, correct, (options.Views - 1.0) / (z.Size(0) - 1)), Metric.OutputStd(z));
    }

    public void Dispose() => network.Dispose();
}
