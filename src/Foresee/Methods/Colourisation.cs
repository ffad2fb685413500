using System.Text.Json.Serialization;
using Foresee.Augmentation;
using Foresee.Encoders;
using Foresee.Heads;
using Foresee.Images;
using Foresee.Torch;
using Foresee.Torch.Layers;
using Foresee.Torch.Optimisers;

namespace Foresee.Methods;

/// <summary>Settings of <see cref="Colourisation"/>: colour from lightness.</summary>
/// <param name="Encoder">Of the lightness of whole images.</param>
public sealed record ColourisationOptions(ConvEncoderOptions Encoder) : LabOptions(Encoder)
{
    [JsonIgnore]
    public override EncoderOptions Kept => new LabEncoderOptions(Encoder);

    /// <summary>A small network, a coarser grid of colours.</summary>
    public static ColourisationOptions For(DataProfile data) =>
        new(SmallEncoder(data)) { Augmentation = Mirrored(data), Step = SmallStep };
}

/// <summary>Settings of <see cref="Colourisation"/>, both ways at once: colour from lightness and lightness from colour.</summary>
/// <param name="Encoder">Of each half.</param>
public sealed record SplitBrainOptions(ConvEncoderOptions Encoder) : LabOptions(Encoder)
{
    /// <summary>Classes of lightness.</summary>
    public int LightnessBins { get; init; } = 100;

    [JsonIgnore]
    public override EncoderOptions Kept => new LabEncoderOptions(Encoder, Encoder);

    /// <summary>Two small networks of half the width, a coarser grid of colours.</summary>
    public static SplitBrainOptions For(DataProfile data) =>
        new(ConvEncoderOptions.Small(data.Input, width: 16)) { Augmentation = Mirrored(data), Step = SmallStep };

    public override void Validate(InputFormat input, ICollection<string> faults)
    {
        base.Validate(input, faults);
        if (LightnessBins < 2) faults.Add($"lightness needs at least 2 classes, got {LightnessBins}");
    }
}

/// <summary>What both have in common.</summary>
/// <param name="Encoder">Of one half.</param>
public abstract record LabOptions(ConvEncoderOptions Encoder) : ViewOptions(Encoder)
{
    /// <summary>Of the grid of colours for small images.</summary>
    protected const double SmallStep = 20;

    public override ImageAugmentation Augmentation { get; init; } = new() { HorizontalFlip = 0.5 };

    /// <summary>Of the grid of colours, in units of a and b.</summary>
    public double Step { get; init; } = 10;

    /// <summary>λ: 0 weights colours by how seldom they are, 1 all the same.</summary>
    public double Rebalance { get; init; } = 0.5;

    [JsonIgnore]
    public override SuggestedTraining Suggested => new(64, new(OptimiserKind.Adam, 1e-3) { Beta2 = 0.99, WeightDecay = 1e-5 });

    public override MethodOptions On(EncoderOptions encoder) =>
        throw new ArgumentException($"{Name} learns encoders of lightness and colour; it can't go on from weights on RGB.");

    public override void Validate(InputFormat input, ICollection<string> faults)
    {
        base.Validate(input, faults);
        if (input.Channels != 3) faults.Add($"colours are those of 3 channels (RGB), got {input.Channels}");
        if (Step is not (>= 2 and <= 50)) faults.Add($"the step of the grid of colours must lie in 2..50, got {Step}");
        if (Rebalance is not (>= 0 and <= 1)) faults.Add($"the rebalancing must lie in 0..1, got {Rebalance}");
    }

    public override IMethod Build(MethodContext context) => new Colourisation(this, context);
}

/// <summary>
/// Colourisation (Zhang, Isola and Efros, "Colorful Image Colorization", ECCV 2016) and split-brain autoencoders (the same, CVPR 2017): of
/// each cell of the encoder's grid the mean colour, as a class, from the lightness of the image; split-brain also the lightness from the
/// colour, by a network of its own.
/// <code>
/// colourisation: L = L_ab(W f_L(lightness))                            L_ab: <see cref="ColourBins"/>
/// split-brain:   L = L_ab(W f_L(lightness)) - mean log softmax(V f_ab(colour))_y      y: which of 100 parts of 0..100 the lightness is in
/// </code>
/// </summary>
/// <remarks>
/// L begins near ln Q, Q the number of colours; of split-brain near ln Q + ln 100. Pictures whose colours all lie within 5 of grey don't
/// count for L_ab.
/// </remarks>
public sealed class Colourisation : IMethod
{
    private const double Grey = 5, MostLightness = 100;
    private readonly MethodContext context;
    private readonly Views views;
    private readonly int lightnessBins; // 0 for none
    private readonly Halves network;

    public Colourisation(LabOptions options, MethodContext context)
    {
        context.Check(options);
        this.context = context;
        lightnessBins = options is SplitBrainOptions split ? split.LightnessBins : 0;
        views = new(context, Views.Maker(context, options.Augmentation));
        network = context.Place(new Halves(options, lightnessBins, context));
    }

    public Module Network => network;

    public Encoder Encoder => network.Encoder;

    internal ColourBins Bins => network.Bins;

    public Inputs Prepare(ImageBatch batch, Generator generator) => views.Of(batch, generator);

    public StepLoss Loss(Inputs inputs)
    {
        var lab = network.Encoder.ToLab(inputs.Tensors[0]);                                  // [B, 3, h, w]
        var grid = network.Encoder.GridOf(lab);                                              // [B, H, W, D]
        var cells = Cells(lab, grid);                                                        // [B·H·W, 3]
        var (loss, chance) = (ColourLoss(lab, grid, cells), Math.Log(network.Bins.Count));
        if (lightnessBins == 0) return new(loss, chance);
        var lightness = LightnessLoss(grid, cells);
        return new(loss + lightness, chance + Math.Log(lightnessBins), new Metric("colour", loss.Detach(), chance),
            new Metric("lightness", lightness.Detach(), Math.Log(lightnessBins)));
    }

    private Tensor ColourLoss(Tensor lab, Tensor grid, Tensor cells)
    {
        Tensor code, weights, counted;
        using (Autograd.NoGrad())
        {
            code = network.Bins.Forward(cells.Narrow(1, 1, 2));                              // [B·H·W, Q]
            if (network.Training) network.Bins.Learn(code);
            weights = network.Bins.Weights();
            counted = lab.Narrow(1, 1, 2).Abs().Flatten(1).MaxAlong(1).Greater(Grey).To(DType.Float32)          // [B]
                .Unsqueeze(1).Expand(lab.Size(0), grid.Size(1) * grid.Size(2)).Flatten();
        }
        return ColourBins.Loss(network.Colours(grid), code, weights, counted);
    }

    private Tensor LightnessLoss(Tensor grid, Tensor cells)
    {
        var classes = (cells.Select(1, 0) * (lightnessBins / MostLightness)).To(DType.Int64).Clamp(0, lightnessBins - 1L);
        return Torch.Losses.Loss.CrossEntropy(network.Lightness(grid), classes);
    }

    /// <summary>The mean colour of each cell of the grid: [B·H·W, 3].</summary>
    private static Tensor Cells(Tensor lab, Tensor grid) =>
        lab.AdaptiveAvgPool2d(grid.Size(1), grid.Size(2)).Permute(0, 2, 3, 1).Flatten(0, 2);

    public IReadOnlyList<Tensor> Pictures(ImageBatch batch, Generator generator)
    {
        var images = Prepare(batch, generator).Tensors[0];
        var lab = network.Encoder.ToLab(images);
        var grid = network.Encoder.GridOf(lab);
        var (height, width, lightness) = (lab.Size(2), lab.Size(3), lab.Narrow(1, 0, 1));
        Tensor Coloured(Tensor ab) => Lab.ToRgb(Tensor.Cat([lightness, ab], 1)).To(Device.Cpu);
        var predicted = network.Bins.Colours(network.Colours(grid)).View(grid.Size(0), grid.Size(1), grid.Size(2), 2).Permute(0, 3, 1, 2);
        var smooth = Tensor.Invoke("aten::upsample_bilinear2d", "", predicted, new[] { height, width }, false);
        return [Coloured(lab.Narrow(1, 1, 2) * 0.0), context.Shown(images), Coloured(smooth)];
    }

    public void Dispose() => network.Dispose();

    private sealed class Halves : Module
    {
        private readonly Mlp colours;
        private readonly Mlp? lightness;

        public Halves(LabOptions options, int lightnessBins, MethodContext context)
        {
            Encoder = Child("encoder", (LabEncoder)context.NewEncoder(options.Kept));
            Bins = Child("bins", new ColourBins(options.Step, options.Rebalance));
            colours = Child("colours", new Mlp([Encoder.LightnessFeatures, Bins.Count], norms: false, context.Generator));
            if (lightnessBins > 0)
                lightness = Child("lightness", new Mlp([Encoder.Features - Encoder.LightnessFeatures, lightnessBins], norms: false,
                    context.Generator));
        }

        public LabEncoder Encoder { get; }
        public ColourBins Bins { get; }

        /// <summary>From lightness only.</summary>
        /// <param name="grid">[B, H, W, D]</param>
        /// <returns>[B·H·W, Q]</returns>
        public Tensor Colours(Tensor grid) => colours.Forward(grid.Narrow(3, 0, Encoder.LightnessFeatures).Flatten(0, 2));

        /// <summary>From colour only.</summary>
        public Tensor Lightness(Tensor grid) =>
            lightness!.Forward(grid.Narrow(3, Encoder.LightnessFeatures, Encoder.Features - Encoder.LightnessFeatures).Flatten(0, 2));

        public override Tensor Forward(Tensor x) => Colours(Encoder.Grid(x));
    }
}
