using Foresee.Encoders;
using Foresee.Heads;
using Foresee.Images;
using Foresee.Losses;
using Foresee.Torch;
using Foresee.Torch.Layers;

namespace Foresee.Methods.Video;

/// <summary>Settings of <see cref="MotionSegmentation"/>.</summary>
/// <param name="Encoder">Of whole frames.</param>
public sealed record MotionSegmentationOptions(ConvEncoderOptions Encoder) : ClipOptions(Encoder)
{
    /// <summary>The middle frame is what the network sees, all tell what moves in it.</summary>
    public override int Window { get; init; } = 7;

    /// <summary>Difference from the background, 0..1, up to which a pixel is still.</summary>
    public double Still { get; init; } = 0.03;

    /// <summary>Difference from the background, 0..1, from which on a pixel moves; between the two it does not count.</summary>
    public double Moving { get; init; } = 0.08;

    /// <summary>Least share of moving pixels; a frame with less has no target.</summary>
    public double LeastShare { get; init; } = 0.005;

    /// <summary>Largest share of moving pixels; above it the camera's motion was not understood.</summary>
    public double MostShare { get; init; } = 0.6;

    protected override int LeastWindow => 3;

    /// <summary>A small network.</summary>
    public static MotionSegmentationOptions For(DataProfile data) => new(SmallEncoder(data));

    public override void Validate(InputFormat input, ICollection<string> faults)
    {
        base.Validate(input, faults);
        if (!(Still >= 0 && Still <= Moving && Moving < 1))
            faults.Add("differences of still and moving pixels must rise within 0..1, got "
                + FormattableString.Invariant($"{Still} and {Moving}"));
        if (!(LeastShare > 0 && LeastShare < MostShare && MostShare <= 1))
            faults.Add(FormattableString.Invariant($"shares of moving pixels must rise within 0..1, got {LeastShare} and {MostShare}"));
    }

    public override IMethod Build(MethodContext context) => new MotionSegmentation(this, context);

    /// <summary>The frames of each window.</summary>
    public override IReadOnlyList<Tensor> Examples(ImageBatch batch, InputFormat input, Generator generator) =>
        [FrameStack.Of(batch, input, Mirrored, generator).Unsqueeze(1)];
}

/// <summary>
/// Motion segmentation (Pathak, Girshick, Dollár, Darrell and Hariharan, "Learning Features by Watching Objects Move", CVPR 2017): which
/// pixels of a single frame belong to something that moves?
/// <code>
/// y = 1 where d ≥ moving, 0 where d ≤ still, without answer between    d: the mean over 3 x 3 px of <see cref="MotionMap"/>
/// L = -mean over pixels with an answer of y log σ(s) + (1 - y) log(1 - σ(s))                     s = g(f(x)), x the middle frame
/// </code>
/// </summary>
/// <remarks>
/// L begins near ln 2. The paper's segments come from uNLC, on optical flow; these are differences from the median of the frames, the
/// camera's straight motion taken out. "accuracy" is the mean of moving and of still pixels, by the order of their scores: 50 % at
/// chance. "overlap" is intersection over union of what moves and what is said to.
/// </remarks>
public sealed class MotionSegmentation : IMethod
{
    private readonly MotionSegmentationOptions options;
    private readonly MethodContext context;
    private readonly Segmenter network;

    public MotionSegmentation(MotionSegmentationOptions options, MethodContext context)
    {
        context.Check(options);
        options.CheckClips(context, least: 1);
        (this.options, this.context) = (options, context);
        network = context.Place(new Segmenter(options, context));
    }

    public Module Network => network;

    public Encoder Encoder => network.Encoder;

    public Inputs Prepare(ImageBatch batch, Generator generator)
    {
        var frames = FrameStack.Of(batch, context.Input, options.Mirrored, generator);       // [B, T, C, h, w]
        var middle = options.Window / 2;
        var (grey, maps) = (FrameStack.Grey(frames), new float[batch.Count][]);
        var (height, width) = (context.Input.Height, context.Input.Width);
        Engine.ParallelJobs(maps.Length, i => maps[i] = MotionMap.Of(grey[i], options.Window, height, width, middle,
            MotionMap.Reach(height, width)), threads: context.Threads);
        var d = Tensor.From<float>([.. maps.SelectMany(map => map)], maps.Length, 1, height, width);
        var (y, counted) = Targets(d, options);
        return new(batch.Indices, [.. new[] { context.Normalised(frames.Select(1, middle)), y, counted }
            .Select(tensor => tensor.To(context.Device))]);
    }

    /// <param name="d">[B, 1, h, w] of 0 to 1</param>
    /// <returns>y and what counts, both [B, 1, h, w] of 0 and 1</returns>
    internal static (Tensor Y, Tensor Counted) Targets(Tensor d, MotionSegmentationOptions options)
    {
        var smooth = Tensor.Invoke("aten::replication_pad2d", "", d, new long[] { 1, 1, 1, 1 })
            .Unfold(2, 3, 1).Unfold(3, 3, 1).Mean([4, 5]);                                   // [B, 1, h, w]
        var y = -smooth.Less(options.Moving).To(DType.Float32) + 1.0;
        var still = -smooth.Greater(options.Still).To(DType.Float32) + 1.0;
        var share = y.Mean([1, 2, 3], keep: true);
        var (least, most) = (share.Less(options.LeastShare).To(DType.Float32), share.Greater(options.MostShare).To(DType.Float32));
        return (y, Tensor.Maximum(y, still) * (-Tensor.Maximum(least, most) + 1.0));
    }

    public StepLoss Loss(Inputs inputs)
    {
        var (x, y, counted) = (inputs.Tensors[0], inputs.Tensors[1], inputs.Tensors[2]);
        var s = network.Forward(x);                                                          // [B, 1, h, w]
        return new(BinaryChoice.Of(s, y, counted), Math.Log(2),
            new Metric(Metric.Accuracy, BinaryChoice.Correct(s.Detach(), y, counted), 0.5), new("overlap", Overlap(s.Detach(), y, counted)),
            new("with target", counted.Flatten(1).MaxAlong(1).Mean()));
    }

    private static Tensor Overlap(Tensor s, Tensor y, Tensor counted)
    {
        var (said, moves) = (s.Greater(0).To(DType.Float32) * counted, y * counted);
        return (said * moves).Sum() / Tensor.Maximum(said, moves).Sum().Clamp(low: 1);
    }

    public IReadOnlyList<Tensor> Pictures(ImageBatch batch, Generator generator)
    {
        var inputs = Prepare(batch, generator).Tensors;
        Tensor Shown(Tensor of) => of.Detach().To(Device.Cpu).Expand(of.Size(0), context.Input.Channels, of.Size(2), of.Size(3));
        var (y, counted) = (inputs[1], inputs[2]);
        return [context.Shown(inputs[0]), Shown(y * counted + (-counted + 1.0) / 2), Shown(network.Forward(inputs[0]).Sigmoid())];
    }

    public void Dispose() => network.Dispose();

    private sealed class Segmenter : Module
    {
        private readonly Decoder decoder;

        public Segmenter(MotionSegmentationOptions options, MethodContext context)
        {
            var input = context.Input;
            Encoder = Child("encoder", context.NewEncoder(options.Encoder));
            decoder = Child("decoder", new Decoder(Encoder.Features, 1, input.Height, input.Width, options.Encoder.Halvings,
                context.Generator));
        }

        public Encoder Encoder { get; }

        public override Tensor Forward(Tensor x) => decoder.Forward(Encoder.Grid(x));
    }
}
