using Foresee.Encoders;
using Foresee.Evaluation;
using Foresee.Evaluation.Protocols;
using Foresee.Images;
using Foresee.Labels;
using Foresee.Tests.Encoders;
using Foresee.Torch;

namespace Foresee.Tests.Evaluation;

public sealed class EvaluatorTests : IDisposable
{
    private const int Side = 16;
    private readonly string folder = Directory.CreateTempSubdirectory("foresee-evaluator").FullName;

    public EvaluatorTests() => Write(folder, seed: 1);

    public void Dispose() => Directory.Delete(folder, true);

    private static void Write(string folder, ulong seed)
    {
        using var generator = new Generator(seed);
        using var encoder = PatchGrids.Build(new(1, 16, 3, 1, [new(16, 8, 2)]), Side, 8, 4, generator, mean: 0.4);
        EncoderFile.Write(Path.Combine(folder, EncoderFile.FileName), encoder);
    }

    /// <summary>Class 0 is bright above, class 1 below; how bright differs from image to image.</summary>
    private static LabelledImages Halves(int count, int turn = 0) => new(new PaintedImages(count, Side, (index, pixels) =>
    {
        for (var i = 0; i < pixels.Length; i++)
            pixels[i] = (byte)((i < pixels.Length / 2) == (index % 2 == 0) ? 120 + index * 7 % 100 : index * 13 % 90);
    }), [.. Enumerable.Range(0, count).Select(i => (i + turn) % 2)], ["above", "below"]);

    private static readonly FeatureScalingOptions Few = new() { Images = 20 };

    private static FeatureOptions Pooled(GridPooling pooling) => new(pooling) { Scaling = Few };

    private static readonly Supervised Baseline =
        new() { Options = new(Width: 4, Steps: 30, BatchSize: 10) { Augmentation = WholeImageAugmentation.None } };

    private EvaluationPlan Plan => new("encoder",
        [new Linear { Features = Pooled(GridPooling.Two) }, new Neighbours { Features = Pooled(GridPooling.Two) },
        new LabelSpreading { Features = Pooled(GridPooling.Two) }, Baseline],
        [new(2, LabelUnit.PerClass), new(5, LabelUnit.PerClass)], new InputFormat(Side, Side, 1), Threads: 2, Draws: 2)
    {
        NewEncoder = () => TrainedEncoder.Load(folder, Device.Cpu),
    };

    private EvaluationPlan Changed<T>(Func<T, IProtocol> change) =>
        Plan with { Protocols = [.. Plan.Protocols.Select(p => p is T one ? change(one) : p)] };

    [Fact]
    public void Every_protocol_is_measured_on_every_amount_and_draw()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers(); // what other tests left must not end here
        var (before, measured, works) = (LivingTensors.Settled(), new List<EvaluationResult>(), new HashSet<string>());
        var results = Evaluator.Run(new(Halves(60), Halves(40)), Plan, measured.Add, progress => works.Add(progress.Work));
        Assert.Equal(16, results.Count);
        Assert.Equal(results.ToHashSet(), measured.ToHashSet()); // in the order of their end
        Assert.Equal(["linear", "neighbours", "label-spreading", "supervised"], results.Take(4).Select(r => r.Protocol));
        Assert.Equal(["encoder", "encoder", "encoder", "supervised"], results.Take(4).Select(r => r.Encoder));
        Assert.Equal([("2/class", 0), ("2/class", 1), ("5/class", 0), ("5/class", 1)], results.Select(r => (r.Labels, r.Draw)).Distinct());
        Assert.All(results.Where(r => r.Protocol != "supervised"), result => Assert.True(result.Value > 95, result.ToString()));
        Assert.Contains("features", works);
        Assert.Contains("supervised, 5/class, draw 1", works);
        Assert.Equal(before, Tensor.Living);
    }

    [Fact]
    public void Each_image_is_computed_once_however_many_protocols_ask_for_it()
    {
        IProtocol[] protocols = [.. new IPooled[] { new Linear(), new SelfTrained(), new Neighbours(), new LabelSpreading() }
            .Select(protocol => protocol.With(GridPooling.Two))];
        var most = 0;
        var plan = Plan with { Protocols = protocols };
        Evaluator.Run(new(Halves(60), Halves(40)), plan, null, progress =>
        {
            if (progress.Work == "features") most = Math.Max(most, progress.Of);
        });
        Assert.Equal(100, most);
    }

    [Fact]
    public void The_labels_of_the_test_images_only_decide_what_counts_as_right()
    {
        var plan = Plan with { Protocols = [.. Plan.Protocols.Take(2)] };
        var right = Evaluator.Run(new(Halves(60), Halves(40)), plan);
        var turned = Evaluator.Run(new(Halves(60), Halves(40, turn: 1)), plan);
        // Two classes: with every test label turned, the same predictions are right exactly where they were wrong.
        Assert.All(right.Zip(turned), pair => Assert.Equal(100, pair.First.Value + pair.Second.Value, 1e-9));
    }

    [Fact]
    public void The_supervised_baseline_alone_needs_no_encoder_and_features_do()
    {
        var alone = Plan with { Protocols = [Baseline], NewEncoder = null, Draws = 1 };
        Assert.Equal(2, Evaluator.Run(new(Halves(60), Halves(40)), alone).Count);
        var message = Assert.Throws<ArgumentException>(() =>
            Evaluator.Run(new(Halves(60), Halves(40)), Plan with { NewEncoder = null, Draws = 0 })).Message;
        Assert.Contains("encoder", message, StringComparison.Ordinal);
        Assert.Contains("draws", message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_was_measured_before_is_kept_and_only_the_rest_is_measured()
    {
        var (plan, data) = (Plan, new LabelledSplits(Halves(60), Halves(40)));
        var all = Evaluator.Run(data, plan);
        var (measured, kept) = (new List<EvaluationResult>(), new List<EvaluationResult>());
        var again = Evaluator.Run(data, plan, measured.Add, earlier: [.. all.Where(row => row.Protocol != "neighbours")],
            kept: kept.AddRange);
        Assert.Equal(all.Select(row => row with { Seconds = 0 }), again.Select(row => row with { Seconds = 0 }));
        Assert.Equal(all.Where(row => row.Protocol != "neighbours"), kept);
        Assert.Equal(kept, again.Where(row => row.Protocol != "neighbours"));
        Assert.All(measured, row => Assert.Equal("neighbours", row.Protocol));
        Assert.Equal(4, measured.Count);

        measured.Clear();
        Assert.Equal(all, Evaluator.Run(data, plan, measured.Add, _ => Assert.Fail("nothing is left to do"), earlier: all));
        Assert.Empty(measured);
    }

    [Fact]
    public void With_all_labels_there_is_one_draw_for_what_takes_features_and_every_row_is_it()
    {
        var plan = Plan with { Draws = 3, Amounts = [LabelAmount.All], Protocols = [Plan.Protocols[0], Baseline] };
        var (data, measured) = (new LabelledSplits(Halves(60), Halves(40)), new List<EvaluationResult>());
        var results = Evaluator.Run(data, plan, measured.Add);
        Assert.Equal([0, 1, 2], results.Where(row => row.Protocol == "linear").Select(row => row.Draw));
        Assert.Single(results.Where(row => row.Protocol == "linear").Select(row => (row.Value, row.Seconds)).Distinct());
        Assert.Equal(3, results.Where(row => row.Protocol == "supervised").Select(row => row.Seconds).Distinct().Count());
        Assert.Equal(results.ToHashSet(), measured.ToHashSet());
        Assert.Equal(results, Evaluator.Run(data, plan, _ => Assert.Fail("all is known"), earlier: results));
    }

    [Fact]
    public void Results_of_anything_else_are_measured_again()
    {
        var plan = Plan with { Draws = 1, Amounts = [new(5, LabelUnit.PerClass)] };
        var data = new LabelledSplits(Halves(60), Halves(40));
        var all = Evaluator.Run(data, plan);
        int Kept(LabelledSplits data, EvaluationPlan plan, IReadOnlyList<EvaluationResult> earlier)
        {
            var count = -1;
            using var stop = new CancellationTokenSource();
            try
            {
                Evaluator.Run(data, plan, null, null, stop.Token, earlier, kept =>
                {
                    count = kept.Count;
                    stop.Cancel();
                });
            }
            catch (OperationCanceledException)
            {
                // only the count is wanted
            }
            return count;
        }
        Assert.Equal(4, Kept(data, plan, all));
        var other = Directory.CreateDirectory(Path.Combine(folder, "other")).FullName;
        Write(other, seed: 2);
        // the supervised baseline has none
        Assert.Equal(1, Kept(data, plan with { NewEncoder = () => TrainedEncoder.Load(other, Device.Cpu) }, all));
        Assert.Equal(0, Kept(data with { Test = Halves(42) }, plan, all));
        Assert.Equal(0, Kept(data with { Train = Halves(60, turn: 1) }, plan, all));
        Assert.Equal(0, Kept(data, plan with { Seed = 1 }, all));
        Assert.Equal(0, Kept(data, plan with { Amounts = [new(4, LabelUnit.PerClass)] }, all));
        EvaluationPlan With<T>(Func<T, IProtocol> change) => plan with { Protocols = Changed(change).Protocols };
        Assert.Equal(3, Kept(data, With<Linear>(p => p with { Probe = new(Folds: 2) }), all));
        Assert.Equal(3, Kept(data, With<Linear>(p => p with { Features = Pooled(GridPooling.Three) }), all));
        Assert.Equal(3, Kept(data, With<Neighbours>(p => p with { Vote = new(Temperature: 0.1) }), all));
        Assert.Equal(3, Kept(data, With<LabelSpreading>(p => p with { Probe = new(Folds: 2) }), all));
        Assert.Equal(3, Kept(data, With<Supervised>(p => p with { Options = p.Options! with { Width = 5 } }), all));
        Assert.Equal(0, Kept(data, plan, [.. all.Select(row => row with { Settings = "" })]));
        Assert.Equal(1, Kept(data, plan with { Encoder = "another" }, all));
    }

    [Fact]
    public void A_missing_test_part_is_named() =>
        Assert.Contains("--test", Assert.Throws<ImageDataException>(() => Evaluator.Run(new(Halves(60), null), Plan)).Message,
            StringComparison.Ordinal);

    [Fact]
    public void Cancelling_ends_the_evaluation()
    {
        using var source = new CancellationTokenSource();
        Assert.Throws<OperationCanceledException>(() =>
            Evaluator.Run(new(Halves(60), Halves(40)), Plan, _ => source.Cancel(), null, source.Token));
    }
}
