using System.Text.Json.Serialization;
using Foresee.Images;
using Foresee.Torch;
using Foresee.Torch.Layers;

namespace Foresee.Encoders;

/// <summary>Where the norm and the ReLU of a residual block stand.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<ResidualOrder>))]
public enum ResidualOrder
{
    /// <summary>After each convolution, and a ReLU after the sum (He et al. 2016a): the ResNet of torchvision, under its names.</summary>
    Plain,

    /// <summary>Before each convolution, nothing after the sum (He et al. 2016b).</summary>
    PreActivation,
}

/// <summary>The first layers of a network on whole images.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<ConvStem>))]
public enum ConvStem
{
    /// <summary>3x3, stride 1, for images of about 32 px.</summary>
    Small,

    /// <summary>3x3, stride 2, for images of about 64 px: a quarter of the work of <see cref="Small"/>.</summary>
    Medium,

    /// <summary>7x7, stride 2, and 3x3 max-pooling of stride 2, for images of about 224 px.</summary>
    Large,
}

/// <summary>A residual network on whole images, with batch norm.</summary>
/// <param name="Width">Channels of the first stage's 3x3 convolutions; each further stage has twice as many. 64 for a ResNet-18.</param>
/// <param name="Blocks">Of each stage; the first block of every stage but the first has stride 2. [2, 2, 2, 2] for a ResNet-18.</param>
public sealed record ConvEncoderOptions(int Width, IReadOnlyList<int> Blocks, ResidualOrder Order, ConvStem Stem) : EncoderOptions
{
    private const int LargestOfSmallStem = 64, LargestWithoutStride = 40; // pixels
    private const int Expansion = 4;           // of a bottleneck

    /// <summary>Basic blocks, or the bottlenecks of ResNet-50 and deeper, whose stages give four times as many channels.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool Bottlenecks { get; init; }

    /// <summary>ResNet-18 (He et al. 2016a), with the stem that suits the images.</summary>
    /// <param name="width">64 is the published one, 32 half of it.</param>
    public static ConvEncoderOptions ResNet18(InputFormat input, int width = 64) =>
        new(width, [2, 2, 2, 2], ResidualOrder.Plain, StemFor(input));

    /// <summary>ResNet-50 (He et al. 2016a), the stride in the 3x3 convolution as in torchvision.</summary>
    public static ConvEncoderOptions ResNet50(InputFormat input, int width = 64) =>
        new(width, [3, 4, 6, 3], ResidualOrder.Plain, StemFor(input)) { Bottlenecks = true };

    /// <summary>
    /// Pre-activation, one block a stage and three stages: about an eighth of the work of a ResNet-18 of the same width, less from 41 px
    /// on, where the first convolution has stride 2. 0.1 GFLOP an image of 32 or 64 px at width 32.
    /// </summary>
    public static ConvEncoderOptions Small(InputFormat input, int width = 64) =>
        new(width, [1, 1, 1], ResidualOrder.PreActivation, StemFor(input) == ConvStem.Small
            && Math.Min(input.Height, input.Width) > LargestWithoutStride ? ConvStem.Medium : StemFor(input));

    private static ConvStem StemFor(InputFormat input) =>
        Math.Min(input.Height, input.Width) <= LargestOfSmallStem ? ConvStem.Small : ConvStem.Large;

    /// <summary>Channels of the last stage.</summary>
    [JsonIgnore]
    public int Features => ChannelsOf(Blocks.Count - 1);

    /// <summary>How often it halves the sides of an image, an odd side to the larger half.</summary>
    internal int Halvings => StemHalvings + Math.Max(0, Blocks.Count - 1);

    private int StemHalvings => Stem switch { ConvStem.Large => 2, ConvStem.Medium => 1, _ => 0 };

    /// <summary>Pixels between the places of a stage's map, counted from 0.</summary>
    internal int StrideOf(int stage) => 1 << (StemHalvings + stage);

    /// <summary>Channels that a stage gives, counted from 0.</summary>
    internal int ChannelsOf(int stage) => (Width << stage) * (Bottlenecks ? Expansion : 1);

    public override Encoder Build(InputFormat input, Generator generator) => new ConvEncoder(this, input, generator);

    public override void Validate(InputFormat input, ICollection<string> faults)
    {
        if (Width < 1) faults.Add($"the encoder needs a width of at least 1, got {Width}");
        if (Bottlenecks && Order != ResidualOrder.Plain) faults.Add("bottlenecks on whole images need the plain order of norms");
        if (Blocks.Count is < 1 or > 6 || Blocks.Any(count => count < 1))
            faults.Add($"the encoder needs 1 to 6 stages of at least 1 block, got [{string.Join(", ", Blocks)}]");
        if (Math.Min(input.Height, input.Width) < 1 << Halvings)
            faults.Add($"images of {input.Height} x {input.Width} px are too small for an encoder that reduces them {1 << Halvings} times; "
                + "take fewer stages");
    }

    public override string Describe(InputFormat input) => $"whole images of {input.Height} x {input.Width} px, "
        + $"{(Order == ResidualOrder.Plain ? "ResNet" : "pre-activation ResNet")} of {(Bottlenecks ? 3 : 2) * Blocks.Sum() + 2} layers, "
        + $"width {Width}, {Features}-d";

    // Records compare lists by reference; two equal architectures must be equal.
    public bool Equals(ConvEncoderOptions? other) =>
        other is not null && (Width, Order, Stem, Bottlenecks) == (other.Width, other.Order, other.Stem, other.Bottlenecks)
        && Blocks.SequenceEqual(other.Blocks);

    public override int GetHashCode() => HashCode.Combine(Width, Order, Stem, Blocks.Count);
}

/// <summary>
/// A residual network that sees the whole image. With <see cref="ResidualOrder.Plain"/> its state has torchvision's names
/// (conv1, bn1, layer1.0.conv1, layer2.0.downsample.0), so weights go in and out by name.
/// </summary>
public sealed class ConvEncoder : Encoder
{
    private readonly ConvEncoderOptions options;
    private readonly Conv2d stem;
    private readonly BatchNorm2d? first, last; // after the stem (plain), after the blocks (pre-activation)
    private readonly List<Sequential> stages = [];

    public ConvEncoder(ConvEncoderOptions options, InputFormat input, Generator generator) : base(options, input)
    {
        this.options = options;
        var faults = new List<string>();
        options.Validate(input, faults);
        if (faults.Count > 0) throw new ArgumentException($"Encoder: {string.Join("; ", faults)}.");
        var plain = options.Order == ResidualOrder.Plain;
        var (kernel, stride) = options.Stem switch { ConvStem.Large => (7, 2), ConvStem.Medium => (3, 2), _ => (3, 1) };
        stem = Child("conv1", new Conv2d(input.Channels, options.Width, kernel, stride, kernel / 2, bias: false, generator));
        if (plain) first = Child("bn1", new BatchNorm2d(options.Width));
        var width = options.Width;
        for (var stage = 0; stage < options.Blocks.Count; stage++)
        {
            var (middle, outputs) = (options.Width << stage, options.ChannelsOf(stage));
            var blocks = new List<Module>();
            for (var b = 0; b < options.Blocks[stage]; b++, width = outputs)
            {
                var step = stage > 0 && b == 0 ? 2 : 1;
                blocks.Add(options.Bottlenecks ? new PlainBottleneck(width, middle, outputs, step, generator)
                    : plain ? new PlainBlock(width, outputs, step, generator)
                    : new BasicBlock(width, new(outputs, outputs, step) { Kind = BlockKind.Basic }, generator, new(Norm.Batch)));
            }
            stages.Add(Child($"layer{stage + 1}", new Sequential([.. blocks])));
        }
        if (!plain) last = Child("norm", new BatchNorm2d(width));
    }

    public override int Features => options.Features;

    public override IReadOnlyList<int> StageWidths => [.. Enumerable.Range(0, options.Blocks.Count).Select(options.ChannelsOf)];

    public override Tensor Grid(Tensor images) => Stages(images)[^1].Permute(0, 2, 3, 1);   // [B, h, w, D]

    public override IReadOnlyList<Tensor> Stages(Tensor images) => Stages(images, stages.Count);

    /// <summary>The first so many of its maps; what lies above them is not computed.</summary>
    /// <param name="images">As for <see cref="Grid"/>.</param>
    public IReadOnlyList<Tensor> Stages(Tensor images, int count)
    {
        var x = stem.Forward(images.To(MemoryFormat.ChannelsLast));                         // [B, width, h, w]
        if (first is not null) x = first.ReluPool(x);
        if (options.Stem == ConvStem.Large) x = x.MaxPool2d(3, 2, padding: 1);
        var maps = new List<Tensor>();
        foreach (var stage in stages.Take(count)) maps.Add(x = stage.Forward(x));           // [B, width · 2^s, h / 2^s, w / 2^s]
        if (last is not null && count == stages.Count) maps[^1] = last.ReluPool(x);
        return [.. maps.Select(map => map.To(DType.Float32))];
    }

    /// <summary>What the last stage makes of maps of the stage before, of any size: the second half of a detector.</summary>
    /// <param name="maps">[N, D', h, w]</param>
    /// <returns>[N, D, h / 2, w / 2] Float32; of the only stage as large as the maps.</returns>
    public Tensor LastStage(Tensor maps)
    {
        var x = stages[^1].Forward(maps.To(MemoryFormat.ChannelsLast));
        return (last?.ReluPool(x) ?? x).To(DType.Float32);
    }
}

/// <summary>
/// relu(n(W2 · relu(n(W1 · x))) + shortcut), n batch norm, both 3x3, the stride in W1 (He et al. 2016a; torchvision's BasicBlock and
/// names).
/// </summary>
internal sealed class PlainBlock : Module
{
    private readonly Conv2d conv1, conv2;
    private readonly BatchNorm2d bn1, bn2;
    private readonly Shortcut? downsample;

    public PlainBlock(int inputs, int outputs, int stride, Generator generator)
    {
        conv1 = Child("conv1", new Conv2d(inputs, outputs, 3, stride, 1, bias: false, generator));
        bn1 = Child("bn1", new BatchNorm2d(outputs));
        conv2 = Child("conv2", new Conv2d(outputs, outputs, 3, 1, 1, bias: false, generator));
        bn2 = Child("bn2", new BatchNorm2d(outputs));
        if (inputs != outputs || stride != 1) downsample = Child("downsample", new Shortcut(inputs, outputs, stride, generator));
    }

    public override Tensor Forward(Tensor x)
    {
        var y = bn1.ReluPool(conv1.Forward(x));
        return bn2.SumRelu(conv2.Forward(y), downsample?.Forward(x) ?? x);
    }
}

/// <summary>
/// relu(n(W3 · relu(n(W2 · relu(n(W1 · x))))) + shortcut), W1 and W3 1x1, W2 3x3 with the stride (torchvision's Bottleneck and names).
/// </summary>
internal sealed class PlainBottleneck : Module
{
    private readonly Conv2d conv1, conv2, conv3;
    private readonly BatchNorm2d bn1, bn2, bn3;
    private readonly Shortcut? downsample;

    public PlainBottleneck(int inputs, int middle, int outputs, int stride, Generator generator)
    {
        conv1 = Child("conv1", new Conv2d(inputs, middle, 1, 1, 0, bias: false, generator));
        bn1 = Child("bn1", new BatchNorm2d(middle));
        conv2 = Child("conv2", new Conv2d(middle, middle, 3, stride, 1, bias: false, generator));
        bn2 = Child("bn2", new BatchNorm2d(middle));
        conv3 = Child("conv3", new Conv2d(middle, outputs, 1, 1, 0, bias: false, generator));
        bn3 = Child("bn3", new BatchNorm2d(outputs));
        if (inputs != outputs || stride != 1) downsample = Child("downsample", new Shortcut(inputs, outputs, stride, generator));
    }

    public override Tensor Forward(Tensor x)
    {
        var y = bn1.ReluPool(conv1.Forward(x));
        y = bn2.ReluPool(conv2.Forward(y));
        return bn3.SumRelu(conv3.Forward(y), downsample?.Forward(x) ?? x);
    }
}

/// <summary>A 1x1 convolution and its norm, where a block changes the shape; their names are torchvision's.</summary>
internal sealed class Shortcut : Module
{
    private readonly Conv2d convolution;
    private readonly BatchNorm2d norm;

    public Shortcut(int inputs, int outputs, int stride, Generator generator)
    {
        convolution = Child("0", new Conv2d(inputs, outputs, 1, stride, 0, bias: false, generator));
        norm = Child("1", new BatchNorm2d(outputs));
    }

    public override Tensor Forward(Tensor x) => norm.Normalise(convolution.Forward(x));
}
