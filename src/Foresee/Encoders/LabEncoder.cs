using Foresee.Images;
using Foresee.Torch;

namespace Foresee.Encoders;

/// <summary>Networks on the lightness and on the colour of an image, which know nothing of each other.</summary>
/// <param name="Lightness">Sees L only.</param>
/// <param name="Colour">Sees a and b only; null for none.</param>
public sealed record LabEncoderOptions(ConvEncoderOptions Lightness, ConvEncoderOptions? Colour = null) : EncoderOptions
{
    public override Encoder Build(InputFormat input, Generator generator) => new LabEncoder(this, input, generator);

    public override void Validate(InputFormat input, ICollection<string> faults)
    {
        if (input.Channels != 3) faults.Add($"lightness and colour can be told apart in images of 3 channels (RGB), got {input.Channels}");
        Lightness.Validate(input, faults);
        if (Colour is not null) Colour.Validate(input, faults);
    }

    public override string Describe(InputFormat input) => Colour is null
        ? $"the lightness of {Lightness.Describe(input)}"
        : $"the lightness of {Lightness.Describe(input)}, and their colour by "
            + (Colour == Lightness ? "another such" : Colour.Describe(input));
}

/// <summary>
/// f(x) = [f_L(L(x)), f_ab(ab(x))]: each half of a vector sees its own channels of CIELAB (Zhang, Isola and Efros 2017), or the lightness
/// alone (2016). Images come in as RGB like for any other encoder.
/// </summary>
public sealed class LabEncoder : Encoder
{
    internal const double MiddleLightness = 50, LightnessScale = 50, ColourScale = 50; // to about -1..1
    private readonly ConvEncoder lightness;
    private readonly ConvEncoder? colour;

    public LabEncoder(LabEncoderOptions options, InputFormat input, Generator generator) : base(options, input)
    {
        var faults = new List<string>();
        options.Validate(input, faults);
        if (faults.Count > 0) throw new ArgumentException($"Encoder: {string.Join("; ", faults)}.");
        ConvEncoder Half(string name, ConvEncoderOptions half, int channels) =>
            Child(name, new ConvEncoder(half, input with { Channels = channels, Mean = [], Std = [] }, generator));
        lightness = Half("lightness", options.Lightness, 1);
        if (options.Colour is { } seen) colour = Half("colour", seen, 2);
    }

    public override int Features => lightness.Features + (colour?.Features ?? 0);

    /// <summary>The first so many numbers of a vector know lightness only, the rest colour only.</summary>
    public int LightnessFeatures => lightness.Features;

    public override IReadOnlyList<int> StageWidths => colour is null
        ? lightness.StageWidths
        : [.. lightness.StageWidths.Zip(colour.StageWidths, (a, b) => a + b)];

    public override Tensor Grid(Tensor images) => GridOf(ToLab(images));

    public override IReadOnlyList<Tensor> Stages(Tensor images)
    {
        var lab = ToLab(images);
        var maps = lightness.Stages(OfLightness(lab));
        return colour is null ? maps : [.. maps.Zip(colour.Stages(OfColour(lab)), (a, b) => Tensor.Cat([a, b], 1))];
    }

    /// <param name="images">[B, 3, h, w], normalised by the input's mean and std.</param>
    /// <returns>[B, 3, h, w]: L, a, b; no gradient</returns>
    public Tensor ToLab(Tensor images)
    {
        using var noGrad = Autograd.NoGrad();
        Tensor PerChannel(IReadOnlyList<double> of) =>
            Tensor.From<float>([.. of.Select(value => (float)value)], 1, of.Count, 1, 1).To(images.Device);
        return Lab.Of(Input.Std.Count == 0 ? images : images * PerChannel(Input.Std) + PerChannel(Input.Mean));
    }

    /// <param name="lab">[B, 3, h, w]</param>
    /// <returns>[B, H, W, D]</returns>
    internal Tensor GridOf(Tensor lab) => colour is null
        ? lightness.Grid(OfLightness(lab))
        : Tensor.Cat([lightness.Grid(OfLightness(lab)), colour.Grid(OfColour(lab))], 3);

    private static Tensor OfLightness(Tensor lab) => (lab.Narrow(1, 0, 1) - MiddleLightness) / LightnessScale;

    private static Tensor OfColour(Tensor lab) => lab.Narrow(1, 1, 2) / ColourScale;
}
