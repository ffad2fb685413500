using System.Text.Json.Serialization;
using Foresee.Augmentation;
using Foresee.Encoders;
using Foresee.Heads;
using Foresee.Images;
using Foresee.Torch;
using Foresee.Torch.Layers;
using Foresee.Torch.Optimisers;

namespace Foresee.Methods;

/// <summary>Settings of <see cref="Counting"/>.</summary>
/// <param name="Encoder">Of quarters and halved images in learning, of whole images afterwards.</param>
public sealed record CountingOptions(ConvEncoderOptions Encoder) : ViewOptions(Encoder)
{
    private static ImageAugmentation Published { get; } = new()
    {
        LeastArea = 0.5,
        MostArea = 1,
        HorizontalFlip = 0.5,
        Greyscale = 0.67,
    };

    public override ImageAugmentation Augmentation { get; init; } = Published;

    /// <summary>Things that are counted: d, the length of φ.</summary>
    public int Counts { get; init; } = 1000;

    /// <summary>M</summary>
    public double Margin { get; init; } = 10;

    /// <summary>A small network, fewer counts.</summary>
    public static CountingOptions For(DataProfile data) => new(SmallEncoder(data))
    {
        Augmentation = Suited(Published, data),
        Counts = 256,
    };

    [JsonIgnore]
    public override SuggestedTraining Suggested => new(64, new(OptimiserKind.Adam, 1e-4));

    public override void Validate(InputFormat input, ICollection<string> faults)
    {
        base.Validate(input, faults);
        if (Counts < 1) faults.Add($"at least one thing must be counted, got {Counts}");
        if (!(Margin > 0)) faults.Add($"the margin must be above 0, got {Margin}");
        if (input.Height % 2 != 0 || input.Width % 2 != 0)
            faults.Add($"quarters of an image need even sides, got {input.Height} x {input.Width} px");
    }

    public override IMethod Build(MethodContext context) => new Counting(this, context);
}

/// <summary>
/// Counting (Noroozi, Pirsiavash and Favaro, "Representation Learning by Learning to Count", ICCV 2017): what an image holds is the sum of
/// what its quarters hold.
/// <code>
/// φ = relu(g(f(·)))                                                   D x: x at half the size, T_j x: quarter j
/// L = mean over images of |φ(D x) - Σ_j φ(T_j x)|² + max(0, M - |φ(D y) - Σ_j φ(T_j x)|²)    y another image   (eq. 5)
/// </code>
/// </summary>
/// <remarks>
/// φ = 0 has L = M, and no φ that is the same for all images has less; before learning L may be far above. Half the images are halved by
/// means of 2 x 2 px, half by every other pixel, so that how it was done does not tell. y is the next image of the batch.
/// </remarks>
public sealed class Counting : IMethod
{
    private const int Quarters = 4;
    private readonly CountingOptions options;
    private readonly Embedding network;
    private readonly Views views;

    public Counting(CountingOptions options, MethodContext context)
    {
        context.Check(options);
        this.options = options;
        network = context.Place(new Embedding(options.Encoder, context,
            features => new Mlp([features, options.Counts], norms: false, context.Generator)));
        views = new(context, Views.Maker(context, options.Augmentation));
    }

    public Module Network => network;

    public Encoder Encoder => network.Encoder;

    public Inputs Prepare(ImageBatch batch, Generator generator)
    {
        var seen = views.Of(batch, generator);
        var x = seen.Tensors[0];
        var smooth = Tensor.Rand([x.Size(0), 1, 1, 1], generator).Less(0.5).To(x.Device);
        return seen with { Tensors = [Tensor.Where(smooth, Means(x), EveryOther(x)), Quartered(x)] };
    }

    /// <summary>[B, C, h, w] to half the sides: means of 2 x 2 px.</summary>
    internal static Tensor Means(Tensor x) => x.AdaptiveAvgPool2d(x.Size(2) / 2, x.Size(3) / 2);

    private static Tensor EveryOther(Tensor x) => x.Unfold(2, 1, 2).Select(-1, 0).Unfold(3, 1, 2).Select(-1, 0);

    /// <returns>[B, 4, C, h/2, w/2], row by row</returns>
    internal static Tensor Quartered(Tensor x) =>
        Tensor.Stack([.. x.Chunk(2, 2).SelectMany(half => half.Chunk(2, 3))], 1);

    public StepLoss Loss(Inputs inputs)
    {
        var (halved, quarters) = (inputs.Tensors[0], inputs.Tensors[1]);
        var count = halved.Size(0);
        var φ = network.Forward(Tensor.Cat([halved, quarters.Flatten(0, 1)])).Relu();        // [5B, d]
        var loss = Of(φ.Narrow(0, 0, count), φ.Narrow(0, count, Quarters * count).View(count, Quarters, -1), options.Margin);
        return new(loss, null, Metric.OutputStd(φ.Narrow(0, 0, count)));
    }

    /// <param name="whole">φ(D x): [B, d]</param>
    /// <param name="parts">φ(T_j x): [B, 4, d]</param>
    internal static Tensor Of(Tensor whole, Tensor parts, double margin)
    {
        var sum = parts.Sum(1);                                                              // [B, d]
        var others = Tensor.Invoke("aten::roll", "", whole, new long[] { 1 }, new long[] { 0 });
        var same = (whole - sum).Square().Sum(1);
        var different = (others - sum).Square().Sum(1);
        return (same + (-different + margin).Relu()).Mean();
    }

    public void Dispose() => network.Dispose();
}
