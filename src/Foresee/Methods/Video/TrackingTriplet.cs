using Foresee.Augmentation;
using Foresee.Encoders;
using Foresee.Heads;
using Foresee.Images;
using Foresee.Losses;
using Foresee.Torch;
using Foresee.Torch.Layers;

namespace Foresee.Methods.Video;

/// <summary>Settings of <see cref="TrackingTriplet"/>.</summary>
/// <param name="Encoder">Of tracked parts of frames in learning, of whole images afterwards.</param>
public sealed record TrackingTripletOptions(ConvEncoderOptions Encoder) : ClipOptions(Encoder)
{
    public override int Window { get; init; } = 30;

    /// <summary>Side of the square that is tracked, share of the frame's shorter side.</summary>
    public double Part { get; init; } = 0.5;

    /// <summary>d, the length of the vectors.</summary>
    public int Projection { get; init; } = 1024;

    /// <summary>M</summary>
    public double Margin { get; init; } = 0.5;

    /// <summary>Of each pair; the second half of them the nearest ones of the batch, once these are taken.</summary>
    public int Negatives { get; init; } = 4;

    /// <summary>Share of the training after which the nearest ones are taken; before, all are random.</summary>
    public double HardFrom { get; init; } = 0.3;

    /// <summary>Mean difference from the background, 0..1, from which on a square moves.</summary>
    public double LeastMotion { get; init; } = 0.01;

    protected override int LeastWindow => 3;

    /// <summary>A small network, short tracks.</summary>
    public static TrackingTripletOptions For(DataProfile data) => new(SmallEncoder(data)) { Window = 8, Projection = 128 };

    public override void Validate(InputFormat input, ICollection<string> faults)
    {
        base.Validate(input, faults);
        if (Part is not (> 0 and <= 0.75)) faults.Add($"the tracked part of the side must lie above 0 and up to 0.75, got {Part}");
        if (Projection < 1 || Negatives < 2) faults.Add($"projection must be at least 1, negatives 2, got {Projection} and {Negatives}");
        if (!(Margin > 0) || !(HardFrom >= 0) || !(LeastMotion >= 0))
            faults.Add("the margin must be above 0, the share of the training and the least motion 0 or more, got "
                + FormattableString.Invariant($"{Margin}, {HardFrom} and {LeastMotion}"));
        if (Side(input) < 8) faults.Add($"tracked squares need a side of at least 8 px, got {Side(input)}");
    }

    /// <summary>Of the square, in pixels.</summary>
    internal int Side(InputFormat input) => (int)(Part * Math.Min(input.Height, input.Width));

    public override IMethod Build(MethodContext context) => new TrackingTriplet(this, context);

    /// <summary>The tracked squares of the first frame, then those of the last.</summary>
    public override IReadOnlyList<Tensor> Examples(ImageBatch batch, InputFormat input, Generator generator)
    {
        var frames = FrameStack.Of(batch, input, mirrored: 0, generator);
        var squares = TrackingTriplet.Squares(frames, TrackingTriplet.Tracks(frames, this, input, threads: 1));
        return [.. new[] { 0, 1 }.Select(end => squares.Select(1, end).Unsqueeze(1).Unsqueeze(1))];
    }
}

/// <summary>
/// Tracking (Wang and Gupta, "Unsupervised Learning of Visual Representations using Videos", ICCV 2015): what moves looks alike at the
/// beginning and the end of its track, more than parts of other clips do.
/// <code>
/// L = mean over tracks i and negatives n of max(0, D(z_i, z_i+) - D(z_i, z_n) + M)                D = 1 - cosine; n of other clips
/// </code>
/// </summary>
/// <remarks>
/// L is M where all parts get one vector, and begins near it. Tracks in which nothing moves don't count. "accuracy" is how often the end of
/// a track is nearer to its beginning than all random negatives are; an untrained network is often right already, for neighbours in time
/// share their colours.
/// </remarks>
public sealed class TrackingTriplet : IMethod
{
    private readonly TrackingTripletOptions options;
    private readonly MethodContext context;
    private readonly Tracker network;

    public TrackingTriplet(TrackingTripletOptions options, MethodContext context)
    {
        context.Check(options);
        options.CheckClips(context, least: 2);
        (this.options, this.context) = (options, context);
        network = context.Place(new Tracker(options, context));
    }

    public Module Network => network;

    public Encoder Encoder => network.Embedding.Encoder;

    public Inputs Prepare(ImageBatch batch, Generator generator)
    {
        var frames = FrameStack.Of(batch, context.Input, options.Mirrored, generator);       // [B, T, C, h, w]
        var tracks = Tracks(frames, options, context.Input, context.Threads);
        var squares = Squares(frames, tracks);                                               // [B, 2, C, s, s]
        long[] clips = [.. batch.Indices.Select(index => (long)context.Clips[index])];
        var negatives = Others(clips, options.Negatives, ViewRandom.SeedFrom(generator));
        var counted = FrameStack.Marks(tracks.Select((track, i) => track.Moves && clips.Any(clip => clip != clips[i])));
        var seen = context.Normalised(squares.Flatten(0, 1)).View(squares.Shape);
        return new(batch.Indices, [.. new[] { seen, Tensor.From(clips, clips.Length), negatives, counted }
            .Select(tensor => tensor.To(context.Device))]);
    }

    internal static Track[] Tracks(Tensor frames, TrackingTripletOptions options, InputFormat input, int threads)
    {
        var (grey, tracks) = (FrameStack.Grey(frames), new Track[frames.Size(0)]);
        Engine.ParallelJobs(tracks.Length, i => tracks[i] = Track.Of(grey[i], options.Window, input.Height, input.Width,
            options.Side(input), options.LeastMotion), threads: threads);
        return tracks;
    }

    /// <returns>[B, 2, C, s, s]: of the first and of the last frame</returns>
    internal static Tensor Squares(Tensor frames, Track[] tracks)
    {
        Tensor Cut(int window, long frame, Block block) => frames.Select(0, window).Select(0, frame)
            .Narrow(1, block.Top, block.Height).Narrow(2, block.Left, block.Width);
        return Tensor.Stack([.. tracks.Select((track, i) =>
            Tensor.Stack([Cut(i, 0, track.First), Cut(i, frames.Size(1) - 1, track.Last)]))]);
    }

    /// <summary>Of each window so many parts of other clips by chance: rows of 2B, first the beginnings; its own where all are of one
    /// clip.</summary>
    /// <returns>[B, count] Int64</returns>
    internal static Tensor Others(long[] clips, int count, ulong seed)
    {
        var rows = new long[clips.Length * count];
        for (var i = 0; i < clips.Length; i++)
        {
            var random = new ViewRandom(seed, i, 0);
            int[] others = [.. Enumerable.Range(0, 2 * clips.Length).Where(row => clips[row % clips.Length] != clips[i])];
            for (var n = 0; n < count; n++) rows[i * count + n] = others.Length == 0 ? i : others[random.Below(others.Length)];
        }
        return Tensor.From(rows, clips.Length, count);
    }

    public StepLoss Loss(Inputs inputs)
    {
        var (squares, clips, negatives, counted) = (inputs.Tensors[0], inputs.Tensors[1], inputs.Tensors[2], inputs.Tensors[3]);
        var z = network.Embedding.Forward(squares.Transpose(0, 1).Flatten(0, 1));            // [2B, d], first the beginnings
        var hard = network.Hard.ToDouble() > 0 ? options.Negatives / 2 : 0;
        return new(Of(z, clips, negatives, counted, hard, options.Margin), options.Margin,
            new Metric(Metric.Accuracy, Correct(z.Detach(), negatives, counted), 1.0 / (options.Negatives + 1)), Metric.OutputStd(z),
            new("moving", counted.Mean()));
    }

    /// <param name="z">[2B, d], the ends of the tracks after their beginnings</param>
    /// <param name="clips">[B] Int64</param>
    /// <param name="negatives">[B, N] Int64, rows of z</param>
    /// <param name="counted">[B] of 0 and 1</param>
    /// <param name="hard">So many of the negatives are replaced by the nearest rows of other clips.</param>
    internal static Tensor Of(Tensor z, Tensor clips, Tensor negatives, Tensor counted, int hard, double margin)
    {
        var unit = NegativeCosine.Unit(z);
        var (count, begun) = (counted.Size(0), unit.Narrow(0, 0, counted.Size(0)));
        var cosines = begun.MatMul(unit.T());                                                // [B, 2B]
        var near = (begun * unit.Narrow(0, count, count)).Sum(1, keep: true);                // [B, 1]
        if (hard > 0)
        {
            using var noGrad = Autograd.NoGrad();
            var same = clips.Unsqueeze(1).Equal(Tensor.Cat([clips, clips]).Unsqueeze(0));
            var nearest = Tensor.Where(same, cosines.ZerosLike() - 2.0, cosines).TopK(hard).Indices;
            negatives = Tensor.Cat([negatives.Narrow(1, 0, negatives.Size(1) - hard), nearest], 1);
        }
        var each = (cosines.Gather(1, negatives) - near + margin).Relu().Mean(1);            // D - D = cosine - cosine
        return (each * counted).Sum() / counted.Sum().Clamp(low: 1);
    }

    private static Tensor Correct(Tensor z, Tensor negatives, Tensor counted)
    {
        var unit = NegativeCosine.Unit(z);
        var (count, begun) = (counted.Size(0), unit.Narrow(0, 0, counted.Size(0)));
        var far = begun.MatMul(unit.T()).Gather(1, negatives).MaxAlong(1);
        var found = (begun * unit.Narrow(0, count, count)).Sum(1).Greater(far).To(DType.Float32);
        return (found * counted).Sum() / counted.Sum().Clamp(low: 1);
    }

    public void AfterStep(long step, long steps)
    {
        if (steps > 0 && step >= options.HardFrom * steps) network.Hard.Fill_(1);
    }

    public void Dispose() => network.Dispose();

    private sealed class Tracker : Module
    {
        public Tracker(TrackingTripletOptions options, MethodContext context)
        {
            Embedding = Inner(new Embedding(options.Encoder, context,
                features => new Mlp([features, options.Projection], norms: false, context.Generator)));
            Hard = Buffer("hard", Tensor.Zeros([1]));
        }

        public Embedding Embedding { get; }

        /// <summary>1 once the nearest ones of the batch are taken.</summary>
        public Tensor Hard { get; }

        public override Tensor Forward(Tensor x) => Embedding.Forward(x);
    }
}
