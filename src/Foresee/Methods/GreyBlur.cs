using System.Text.Json.Serialization;
using Foresee.Augmentation;
using Foresee.Encoders;
using Foresee.Images;
using Foresee.Torch;
using Foresee.Torch.Layers;
using Foresee.Torch.Optimisers;

namespace Foresee.Methods;

/// <summary>Settings of <see cref="GreyBlur"/>. The source's are not published, so all are this project's guesses.</summary>
/// <param name="Encoder">Of whole images.</param>
public sealed record GreyBlurOptions(ConvEncoderOptions Encoder) : ViewOptions(Encoder)
{
    public override ImageAugmentation Augmentation { get; init; } = new() { HorizontalFlip = 0.5 };

    /// <summary>Least number of rectangles in an image.</summary>
    public int FewestRegions { get; init; } = 3;

    /// <summary>Largest number of rectangles in an image.</summary>
    public int MostRegions { get; init; } = 6;

    /// <summary>Least side of a rectangle, share of the image's.</summary>
    public double LeastSide { get; init; } = 0.15;

    /// <summary>Largest side of a rectangle, share of the image's.</summary>
    public double MostSide { get; init; } = 0.4;

    /// <summary>σ of the blur, share of the image's shorter side; 0 for grey alone.</summary>
    public double Blur { get; init; } = 0.03;

    /// <summary>How much a pixel within a region counts, against 1 outside.</summary>
    public double RegionWeight { get; init; } = 4;

    /// <summary>A small network.</summary>
    public static GreyBlurOptions For(DataProfile data) => new(SmallEncoder(data)) { Augmentation = Mirrored(data) };

    [JsonIgnore]
    public override SuggestedTraining Suggested => new(64, new(OptimiserKind.Adam, 1e-3));

    public override void Validate(InputFormat input, ICollection<string> faults)
    {
        base.Validate(input, faults);
        if (FewestRegions < 0 || FewestRegions > MostRegions)
            faults.Add($"regions must be 0 or more, the fewest not above the most, got {FewestRegions} and {MostRegions}");
        if (!(LeastSide > 0 && LeastSide <= MostSide && MostSide <= 1))
            faults.Add($"sides of regions must lie in 0..1, the least not above the largest, got {LeastSide} and {MostSide}");
        if (Blur is not (>= 0 and <= 0.2)) faults.Add($"the blur must lie in 0..0.2 of the side, got {Blur}");
        if (!(RegionWeight > 0)) faults.Add($"the weight of regions must be above 0, got {RegionWeight}");
    }

    public override IMethod Build(MethodContext context) => new GreyBlur(this, context);
}

/// <summary>
/// Grey-blur in-painting (J. Whitaker, "Self-Supervised Learning with Image网", 2020): some regions of the image are grey and blurred; the
/// whole image is asked back.
/// <code>
/// x~ = x + M·(blur_σ(luma(x)) - x)                                   M 1 in some rectangles
/// L = Σ w·(x - g(f(x~)))² / Σ w                                      w = 1, in the rectangles more
/// </code>
/// </summary>
/// <remarks>g is given the maps of all stages (a U-Net), so copying what lies outside is easy, and the encoder learns the rest.</remarks>
public sealed class GreyBlur : IMethod
{
    private const double Reach = 3; // deviations that a blur's kernel reaches
    private readonly GreyBlurOptions options;
    private readonly MethodContext context;
    private readonly Views views;
    private readonly EncoderDecoder network;

    public GreyBlur(GreyBlurOptions options, MethodContext context)
    {
        context.Check(options);
        (this.options, this.context) = (options, context);
        views = new(context, Views.Maker(context, options.Augmentation));
        network = context.Place(new EncoderDecoder(options.Encoder, context, SkipConnections.AllStages));
    }

    public Module Network => network;

    public Encoder Encoder => network.Encoder;

    public Inputs Prepare(ImageBatch batch, Generator generator)
    {
        var seen = views.Of(batch, generator);
        var x = seen.Tensors[0];
        var mask = Regions((int)x.Size(0), generator).To(x.Device);                          // [B, 1, h, w]
        return seen with { Tensors = [x, Spoilt(x, mask), mask] };
    }

    /// <returns>[B, 1, h, w] of 0 and 1</returns>
    internal Tensor Regions(int count, Generator generator)
    {
        var (height, width) = (context.Input.Height, context.Input.Width);
        var mask = Tensor.Zeros([count, 1, height, width]);
        var (values, seed) = (mask.Data<float>().ToArray(), ViewRandom.SeedFrom(generator));
        for (var image = 0; image < count; image++)
        {
            var random = new ViewRandom(seed, image, 0);
            for (var left = options.FewestRegions + random.Below(options.MostRegions - options.FewestRegions + 1); left > 0; left--)
            {
                var (y, tall) = Piece(ref random, height);
                var (x, wide) = Piece(ref random, width);
                for (var row = y; row < y + tall; row++) values.AsSpan((image * height + row) * width + x, wide).Fill(1);
            }
        }
        return Tensor.From<float>(values, count, 1, height, width);
    }

    private (int From, int Length) Piece(ref ViewRandom random, int side)
    {
        var length = Math.Clamp((int)Math.Round(side * random.Between(options.LeastSide, options.MostSide)), 1, side);
        return (random.Below(side - length + 1), length);
    }

    /// <param name="x">[B, C, h, w], normalised</param>
    /// <param name="mask">[B, 1, h, w]</param>
    internal Tensor Spoilt(Tensor x, Tensor mask)
    {
        var grey = Blurred(context.Luma(x), options.Blur * Math.Min(context.Input.Height, context.Input.Width));    // [B, 1, h, w]
        return Tensor.Where(mask.Greater(0.5), context.Normalised(grey), x);
    }

    /// <summary>Gaussian, the picture mirrored at its edges.</summary>
    /// <param name="x">[B, 1, h, w]</param>
    /// <param name="deviation">In pixels; 0 for none.</param>
    internal static Tensor Blurred(Tensor x, double deviation)
    {
        var reach = (int)Math.Min(Math.Ceiling(Reach * deviation), Math.Min(x.Size(2), x.Size(3)) - 1);
        if (reach < 1) return x;
        float[] weights = [.. Enumerable.Range(-reach, 2 * reach + 1).Select(i => (float)Math.Exp(-i * i / (2 * deviation * deviation)))];
        var kernel = Tensor.From<float>([.. weights.Select(w => w / weights.Sum())], 1, 1, 1, weights.Length).To(x.Device);
        var wide = Tensor.Invoke("aten::reflection_pad2d", "", x, new long[] { reach, reach, reach, reach });
        return wide.Conv2d(kernel).Conv2d(kernel.Transpose(2, 3));
    }

    public StepLoss Loss(Inputs inputs) =>
        new(Of(inputs.Tensors[0], network.Forward(inputs.Tensors[1]), inputs.Tensors[2], options.RegionWeight), null);

    /// <param name="target">[B, C, h, w]</param>
    /// <param name="output">[B, C, h, w]</param>
    /// <param name="mask">[B, 1, h, w]</param>
    internal static Tensor Of(Tensor target, Tensor output, Tensor mask, double regionWeight)
    {
        var w = mask * (regionWeight - 1) + 1.0;                                             // [B, 1, h, w]
        return (w * (target - output).Square()).Sum() / (w.Sum() * (double)target.Size(1));
    }

    public IReadOnlyList<Tensor> Pictures(ImageBatch batch, Generator generator) => network.Pictures(Prepare(batch, generator));

    public void Dispose() => network.Dispose();
}
