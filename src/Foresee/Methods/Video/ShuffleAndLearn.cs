using Foresee.Augmentation;
using Foresee.Encoders;
using Foresee.Heads;
using Foresee.Images;
using Foresee.Losses;
using Foresee.Torch;
using Foresee.Torch.Layers;

namespace Foresee.Methods.Video;

/// <summary>Settings of <see cref="ShuffleAndLearn"/>.</summary>
/// <param name="Encoder">Of whole frames.</param>
public sealed record ShuffleAndLearnOptions(ConvEncoderOptions Encoder) : ClipOptions(Encoder)
{
    public override int Window { get; init; } = 60;

    /// <summary>Share of the tuples that are out of order.</summary>
    public double Shuffled { get; init; } = 0.75;

    /// <summary>Cells along a side that each frame's grid is pooled into, so that the head sees where things are.</summary>
    public int Cells { get; init; } = 4;

    /// <summary>Of the hidden layer that sees three frames.</summary>
    public int HeadWidth { get; init; } = 4096;

    /// <summary>Mean difference of a tuple's outer frames, 0..1, from which on something moves.</summary>
    public double LeastMotion { get; init; } = 0.004;

    protected override int LeastWindow => 5;

    /// <summary>A small network, short windows.</summary>
    public static ShuffleAndLearnOptions For(DataProfile data) => new(SmallEncoder(data)) { Window = 9, HeadWidth = 256 };

    public override void Validate(InputFormat input, ICollection<string> faults)
    {
        base.Validate(input, faults);
        if (Shuffled is not (> 0 and < 1)) faults.Add($"the share of shuffled tuples must lie between 0 and 1, got {Shuffled}");
        if (Cells < 1) faults.Add($"the grid must be pooled into at least 1 cell along a side, got {Cells}");
        if (HeadWidth < 1 || !(LeastMotion >= 0))
            faults.Add("the head's width must be at least 1, the least motion 0, got "
                + FormattableString.Invariant($"{HeadWidth} and {LeastMotion}"));
    }

    public override IMethod Build(MethodContext context) => new ShuffleAndLearn(this, context);

    /// <summary>Tuples as they are drawn.</summary>
    public override IReadOnlyList<Tensor> Examples(ImageBatch batch, InputFormat input, Generator generator)
    {
        var frames = FrameStack.Of(batch, input, Mirrored, generator);
        return [ShuffleAndLearn.Draw(frames, this, ViewRandom.SeedFrom(generator)).Frames.Unsqueeze(1)]; // [B, 1, 3, C, h, w]
    }
}

/// <summary>
/// Shuffle and learn (Misra, Zitnick and Hebert, ECCV 2016): are three frames in their order in time?
/// <code>
/// frames a &lt; b &lt; c &lt; d &lt; e of a window:  (b, c, d) is in order, (b, a, d) and (b, e, d) are not; each may be turned round
/// L = -mean over tuples of y log σ(s) + (1 - y) log(1 - σ(s))          s = g(f(x_1), f(x_2), f(x_3)), y 1 in order
/// </code>
/// </summary>
/// <remarks>
/// Three of four tuples are shuffled, so that L falls from ln 2 to 0.562 by the share alone. "accuracy" is the mean of both kinds, by the
/// order of their scores: 50 % at chance. Of three draws the one is taken whose outer frames differ most; windows where nothing moves
/// don't count.
/// </remarks>
public sealed class ShuffleAndLearn : IMethod
{
    private const int Draws = 3, Marks = 5, Tuple = 3;
    private readonly ShuffleAndLearnOptions options;
    private readonly MethodContext context;
    private readonly Embedding network;

    public ShuffleAndLearn(ShuffleAndLearnOptions options, MethodContext context)
    {
        context.Check(options);
        options.CheckClips(context, least: 1);
        (this.options, this.context) = (options, context);
        network = context.Place(new Embedding(options.Encoder, context,
            features => new Mlp([Tuple * options.Cells * options.Cells * features, options.HeadWidth, 1], norms: false,
                context.Generator)));
    }

    public Module Network => network;

    public Encoder Encoder => network.Encoder;

    /// <param name="Frames">[B, 3, C, h, w]</param>
    /// <param name="InOrder">Of each.</param>
    /// <param name="Moves">Of each, whether anything does.</param>
    internal sealed record Tuples(Tensor Frames, bool[] InOrder, bool[] Moves);

    public Inputs Prepare(ImageBatch batch, Generator generator)
    {
        var frames = FrameStack.Of(batch, context.Input, options.Mirrored, generator);
        var tuples = Draw(frames, options, ViewRandom.SeedFrom(generator));
        var seen = context.Normalised(tuples.Frames.Flatten(0, 1)).View(tuples.Frames.Shape);
        return new(batch.Indices, [.. new[] { seen, FrameStack.Marks(tuples.InOrder), FrameStack.Marks(tuples.Moves) }
            .Select(tensor => tensor.To(context.Device))]);
    }

    /// <param name="frames">[B, T, C, h, w] of 0 to 1, on the CPU</param>
    internal static Tuples Draw(Tensor frames, ShuffleAndLearnOptions options, ulong seed)
    {
        var grey = FrameStack.Grey(frames);
        var size = grey[0].Length / options.Window;
        var (count, places) = (grey.Length, new long[grey.Length * Tuple]);
        var (inOrder, moves) = (new bool[count], new bool[count]);
        for (var i = 0; i < count; i++)
        {
            var (random, best, most) = (new ViewRandom(seed, i, 0), new int[Marks], -1.0);
            for (var draw = 0; draw < Draws; draw++)
            {
                var marks = new int[Marks];
                random.Shuffle(marks, options.Window);
                Array.Sort(marks);
                var motion = Difference(grey[i].AsSpan(marks[1] * size, size), grey[i].AsSpan(marks[3] * size, size));
                if (motion > most) (best, most) = (marks, motion);
            }
            (inOrder[i], moves[i]) = (!random.Chance(options.Shuffled), most >= options.LeastMotion);
            var middle = inOrder[i] ? best[2] : random.Chance(0.5) ? best[0] : best[^1];
            var (start, end) = random.Chance(0.5) ? (best[1], best[3]) : (best[3], best[1]);
            (places[i * Tuple], places[i * Tuple + 1], places[i * Tuple + 2]) = (start, middle, end);
            for (var k = 0; k < Tuple; k++) places[i * Tuple + k] += (long)i * options.Window;
        }
        var chosen = frames.Flatten(0, 1).IndexSelect(0, Tensor.From(places, places.Length));
        return new(chosen.View(count, Tuple, frames.Size(2), frames.Size(3), frames.Size(4)), inOrder, moves);
    }

    private static double Difference(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        var sum = 0.0;
        for (var i = 0; i < a.Length; i++) sum += Math.Abs(a[i] - b[i]);
        return sum / a.Length;
    }

    public StepLoss Loss(Inputs inputs)
    {
        var (tuples, inOrder, counted) = (inputs.Tensors[0], inputs.Tensors[1], inputs.Tensors[2]);
        var cells = network.Encoder.Grid(tuples.Flatten(0, 1)).Permute(0, 3, 1, 2).AdaptiveAvgPool2d(options.Cells, options.Cells);
        var f = cells.Reshape(tuples.Size(0), -1);                                           // [B, 3·D·cells²]
        var s = network.Projector.Forward(f).Flatten();                                      // [B]
        var p = options.Shuffled;
        return new(BinaryChoice.Of(s, inOrder, counted), -p * Math.Log(p) - (1 - p) * Math.Log(1 - p),
            new Metric(Metric.Accuracy, BinaryChoice.Correct(s.Detach(), inOrder, counted), 0.5), new("moving", counted.Mean()));
    }

    public void Dispose() => network.Dispose();
}
