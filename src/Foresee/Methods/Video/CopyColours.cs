using System.Text.Json.Serialization;
using Foresee.Encoders;
using Foresee.Heads;
using Foresee.Images;
using Foresee.Torch;
using Foresee.Torch.Layers;

namespace Foresee.Methods.Video;

/// <summary>Settings of <see cref="CopyColours"/>.</summary>
/// <param name="Encoder">Of the lightness of whole frames.</param>
public sealed record CopyColoursOptions(ConvEncoderOptions Encoder) : ClipOptions(Encoder)
{
    /// <summary>The last frame is coloured, the others are copied from.</summary>
    public override int Window { get; init; } = 4;

    /// <summary>K, classes of colour.</summary>
    public int Colours { get; init; } = 16;

    /// <summary>Of the vectors that are compared.</summary>
    public int Projection { get; init; } = 64;

    protected override int LeastWindow => 2;

    /// <summary>A small network.</summary>
    public static CopyColoursOptions For(DataProfile data) => new(SmallEncoder(data));

    [JsonIgnore]
    public override EncoderOptions Kept => new LabEncoderOptions(Encoder);

    public override MethodOptions On(EncoderOptions encoder) =>
        throw new ArgumentException($"{Name} learns an encoder of lightness; it can't go on from weights on RGB.");

    public override void Validate(InputFormat input, ICollection<string> faults)
    {
        base.Validate(input, faults);
        if (input.Channels != 3) faults.Add($"colours are those of 3 channels (RGB), got {input.Channels}");
        if (Colours < 2 || Projection < 1) faults.Add($"colours must be at least 2, the projection 1, got {Colours} and {Projection}");
    }

    public override IMethod Build(MethodContext context) => new CopyColours(this, context);

    /// <summary>The frames of each window.</summary>
    public override IReadOnlyList<Tensor> Examples(ImageBatch batch, InputFormat input, Generator generator) =>
        [FrameStack.Of(batch, input, Mirrored, generator).Unsqueeze(1)];
}

/// <summary>
/// Colours by copying (Vondrick, Shrivastava, Fathi, Guadarrama and Murphy, "Tracking Emerges by Colorizing Videos", ECCV 2018): each cell
/// of a grey frame takes the colours of earlier frames where they look like it.
/// <code>
/// A_ij = exp(f_i·f_j) / Σ_k exp(f_k·f_j)            i, k: cells of the earlier frames, j of the last; f sees lightness only
/// p_j = (1-ε)·Σ_i A_ij c_i + ε/K                      c: 1 of K classes of the colour (a, b) of a cell
/// L = -mean over cells j of log p_j[c_j]
/// </code>
/// </summary>
/// <remarks>
/// The K colours are found by k-means on the first batch, and stay. L is ln K where all colours are as likely, less where some are common:
/// "same place" and "commonest" are the shares of cells right for whoever copies the same cell of the frame before, or always says the
/// commonest colour. ε = 0.01 keeps a colour that no earlier frame has from costing without end. Windows that are grey don't count. Not
/// taken over: the published 3-D convolutions over the frames.
/// </remarks>
public sealed class CopyColours : IMethod
{
    private const int Rounds = 20;
    private const double Grey = 5, Elsewhere = 0.01;
    private readonly CopyColoursOptions options;
    private readonly MethodContext context;
    private readonly Copier network;

    public CopyColours(CopyColoursOptions options, MethodContext context)
    {
        context.Check(options);
        options.CheckClips(context, least: 1);
        (this.options, this.context) = (options, context);
        network = context.Place(new Copier(options, context));
    }

    public Module Network => network;

    public Encoder Encoder => network.Encoder;

    public Inputs Prepare(ImageBatch batch, Generator generator)
    {
        var inputs = Frames(batch, generator);
        if (network.Measured.ToDouble() > 0) return inputs;
        var cells = network.Cells(network.Encoder.ToLab(inputs.Tensors[0].Flatten(0, 1))).Flatten(0, 1);        // [B·T·N, 2]
        network.Colours.Copy_(KMeans.Fit(cells.To(Device.Cpu), options.Colours, Rounds, generator));
        network.Measured.Fill_(1);
        return inputs;
    }

    private Inputs Frames(ImageBatch batch, Generator generator)
    {
        var frames = FrameStack.Of(batch, context.Input, options.Mirrored, generator);
        return new(batch.Indices, [context.Normalised(frames.Flatten(0, 1)).View(frames.Shape).To(context.Device)]);
    }

    public StepLoss Loss(Inputs inputs)
    {
        var (f, lab) = network.Compared(inputs.Tensors[0]);                                  // [B, T, N, d]
        Tensor classes, counted;
        using (Autograd.NoGrad())
        {
            classes = network.Classes(lab).View(f.Size(0), f.Size(1), -1);                   // [B, T, N]
            counted = lab.Narrow(1, 1, 2).Abs().Flatten(1).MaxAlong(1).View(f.Size(0), -1).MaxAlong(1).Greater(Grey).To(DType.Float32);
        }
        var p = Copied(f, classes, options.Colours);                                         // [B, N, K]
        var y = classes.Select(1, f.Size(1) - 1);
        return new(Of(p, y, counted), Math.Log(options.Colours), new Metric(Metric.Accuracy, Share(p.Detach().ArgMax(2).Equal(y))),
            new("same place", Share(classes.Select(1, f.Size(1) - 2).Equal(y))), new("commonest", Commonest(y)));
    }

    /// <summary>A: [B, N, (T-1)·N], each row the shares that a cell of the last frame takes of those before.</summary>
    /// <param name="f">[B, T, N, d]</param>
    internal static Tensor Shares(Tensor f)
    {
        var earlier = f.Narrow(1, 0, f.Size(1) - 1).Flatten(1, 2);                           // [B, (T-1)·N, d]
        return f.Select(1, f.Size(1) - 1).MatMul(earlier.Transpose(1, 2)).Softmax(2);
    }

    /// <param name="classes">[B, T, N] Int64; those of the last frame are not looked at.</param>
    /// <returns>p without ε: [B, N, K]</returns>
    internal static Tensor Copied(Tensor f, Tensor classes, int colours)
    {
        var known = classes.Narrow(1, 0, f.Size(1) - 1).Flatten(1).Unsqueeze(2);             // [B, (T-1)·N, 1]
        var c = Tensor.Zeros([known.Size(0), known.Size(1), colours], device: f.Device).Scatter_(2, known, 1.0);
        return Shares(f).MatMul(c);
    }

    /// <param name="p">[B, N, K]</param>
    /// <param name="y">[B, N] Int64</param>
    /// <param name="counted">[B] of 0 and 1</param>
    internal static Tensor Of(Tensor p, Tensor y, Tensor counted)
    {
        var right = p.Gather(2, y.Unsqueeze(2)).Flatten(1) * (1 - Elsewhere) + Elsewhere / p.Size(2);           // [B, N]
        return -(right.Log().Mean(1) * counted).Sum() / counted.Sum().Clamp(low: 1);
    }

    private static Tensor Share(Tensor right) => right.To(DType.Float32).Mean();

    private Tensor Commonest(Tensor y)
    {
        var cells = y.Flatten();
        var counts = Tensor.Zeros([options.Colours], device: y.Device).IndexAdd_(0, cells, cells.To(DType.Float32) * 0.0 + 1.0);
        return counts.Max() / (double)cells.Size(0);
    }

    public IReadOnlyList<Tensor> Pictures(ImageBatch batch, Generator generator)
    {
        var frames = Frames(batch, generator).Tensors[0];                                    // [B, T, C, h, w]
        var (f, lab) = network.Compared(frames);
        var (side, last) = ((height: lab.Size(2), width: lab.Size(3)), f.Size(1) - 1);
        var grid = network.Grid;
        var p = Copied(f, network.Classes(lab).View(f.Size(0), f.Size(1), -1), options.Colours);
        var ab = p.MatMul(network.Colours).Transpose(1, 2).Reshape(f.Size(0), 2, grid.Height, grid.Width);
        var smooth = Tensor.Invoke("aten::upsample_bilinear2d", "", ab, new[] { side.height, side.width }, false);
        var own = lab.View(f.Size(0), f.Size(1), 3, side.height, side.width).Select(1, last);                   // [B, 3, h, w]
        var lightness = own.Narrow(1, 0, 1);
        Tensor Coloured(Tensor colours) => Lab.ToRgb(Tensor.Cat([lightness, colours], 1)).To(Device.Cpu);
        return [Coloured(own.Narrow(1, 1, 2) * 0.0), context.Shown(frames.Select(1, last)), Coloured(smooth)];
    }

    public void Dispose() => network.Dispose();

    private sealed class Copier : Module
    {
        private readonly Mlp projector;

        public Copier(CopyColoursOptions options, MethodContext context)
        {
            Encoder = Child("encoder", (LabEncoder)context.NewEncoder(options.Kept));
            projector = Child("projector", new Mlp([Encoder.LightnessFeatures, options.Projection], norms: false, context.Generator));
            Colours = Buffer("colours", Tensor.Zeros([options.Colours, 2]));
            Measured = Buffer("measured", Tensor.Zeros([1]));
            var (halvings, input) = (options.Encoder.Halvings, context.Input);
            Grid = new((input.Height + (1 << halvings) - 1) >> halvings, (input.Width + (1 << halvings) - 1) >> halvings);
        }

        public LabEncoder Encoder { get; }

        /// <summary>[K, 2], a and b</summary>
        public Tensor Colours { get; }

        /// <summary>1 once they are.</summary>
        public Tensor Measured { get; }

        public (long Height, long Width) Grid { get; }

        /// <param name="frames">[B, T, 3, h, w], normalised</param>
        /// <returns>f: [B, T, N, d], N the cells of the grid; and L, a, b: [B·T, 3, h, w]</returns>
        public (Tensor F, Tensor Lab) Compared(Tensor frames)
        {
            var lab = Encoder.ToLab(frames.Flatten(0, 1));
            var grid = Encoder.GridOf(lab);                                                  // [B·T, H, W, D]
            return (projector.Forward(grid.Flatten(0, 2)).View(frames.Size(0), frames.Size(1), grid.Size(1) * grid.Size(2), -1), lab);
        }

        /// <summary>The mean a and b of each cell: [n, N, 2].</summary>
        public Tensor Cells(Tensor lab) => lab.Narrow(1, 1, 2).AdaptiveAvgPool2d(Grid.Height, Grid.Width).Flatten(2).Transpose(1, 2);

        /// <summary>The nearest colour of each cell: [n, N].</summary>
        public Tensor Classes(Tensor lab) => (-(Cells(lab).Unsqueeze(2) - Colours).Square().Sum(3)).ArgMax(2);

        public override Tensor Forward(Tensor x) => projector.Forward(Encoder.Grid(x).Flatten(0, 2));
    }
}
