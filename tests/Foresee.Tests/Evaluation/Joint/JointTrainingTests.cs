using Foresee.Encoders;
using Foresee.Evaluation;
using Foresee.Evaluation.Joint;
using Foresee.Evaluation.Protocols;
using Foresee.Images;
using Foresee.Labels;
using Foresee.Torch;

namespace Foresee.Tests.Evaluation.Joint;

public sealed class JointTrainingTests : IDisposable
{
    private const int Side = 16, Classes = 3;
    private readonly string folder = Directory.CreateTempSubdirectory("foresee-joint").FullName;

    public JointTrainingTests() => SmallEncoder.Write(folder, Side);

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private TrainedEncoder Encoder() => TrainedEncoder.Load(folder, Device.Cpu);

    private static readonly InputFormat Input = new(Side, Side, 1);

    private static readonly SupervisedBaselineOptions Small = new(Width: 8, LearningRate: 5e-3);

    /// <summary>A disc, a cross or a frame somewhere on a ground of its own brightness, on noise.</summary>
    private static LabelledImages Signs(int count, int first) => new(new PaintedImages(count, Side, (index, pixels) =>
    {
        var random = new Random(first + index);
        var (x, y, ground) = (random.Next(5, 11), random.Next(5, 11), random.Next(20, 120));
        var bright = ground + random.Next(60, 120);
        for (var i = 0; i < pixels.Length; i++)
        {
            var (across, down) = (Math.Abs(i % Side - x), Math.Abs(i / Side - y));
            var on = (index % Classes) switch
            {
                0 => across * across + down * down < 12,
                1 => (across < 1 || down < 1) && across + down < 5,
                _ => Math.Max(across, down) == 4,
            };
            pixels[i] = (byte)Math.Clamp((on ? bright : ground) + random.Next(-10, 11), 0, 255);
        }
    }), LinearProbeTests.Turns(count), ["disc", "cross", "frame"]);

    private double Measure(IProtocol protocol, LabelledImages few, LabelledImages pool, LabelledImages test)
    {
        using var scope = TensorScope.Begin();
        int[] places = [.. Enumerable.Range(0, few.Labels.Length)];
        using var shared = SharedFeatures.Compute([protocol], few.Images, places, pool.Images, Input, 1, Encoder);
        using var classifier = protocol.Fit(new(few, places, pool.Images, shared, Seed: 1), CancellationToken.None);
        return Accuracy.Top1(classifier.Predict(test.Images, 1), test.Labels);
    }

    private static JointProtocol On(JointProtocol protocol, JointTrainingOptions training) => protocol with { Training = training };

    private static JointTrainingOptions Training(JointNetworkKind kind) => new(Steps: 200, BatchSize: 9, Unlabelled: 48)
    {
        Network = kind,
        Supervised = Small,
    };

    [Fact]
    public void Unlabelled_images_teach_the_supervised_network_what_three_labels_a_class_do_not()
    {
        var (few, pool, test) = (Signs(9, 0), Signs(600, 1000), Signs(300, 5000));
        double Measured(double weight) => Measure(On(new FixMatch { Threshold = 0.8, Weight = weight },
            Training(JointNetworkKind.Supervised)), few, pool, test);
        var (alone, taught) = (Measured(0), Measured(1));
        Assert.True(taught > alone + 5, $"with unlabelled images {taught}, without {alone}");
    }

    [Theory]
    [InlineData(JointNetworkKind.Run)]
    [InlineData(JointNetworkKind.RandomInit)]
    public void An_encoder_learns_too(JointNetworkKind kind)
    {
        var protocol = On(new VatEntropy(), Training(kind) with { Steps = 30, Unlabelled = 24 });
        var accuracy = Measure(protocol, Bands.Of(12), Bands.Of(60), Bands.Of(90));
        Assert.True(accuracy > 80, $"{accuracy} %, chance is 33 %");
    }

    /// <summary>Notes the weights at the start of each step; the last step changes them by a millionth.</summary>
    private sealed record Noting(List<Dictionary<string, float[]>> Seen) : JointProtocol
    {
        public override string Name => "noting";
        public override string Title => "noting";

        internal override Tensor Objective(JointStep step)
        {
            Seen.Add(step.Weights.Where(t => t.Value.DType == DType.Float32).ToDictionary(t => t.Name, t => t.Value.ToArray<float>()));
            return new FixMatch().Objective(step);
        }
    }

    [Fact]
    public void What_is_kept_is_the_average_of_the_weights_and_running_statistics()
    {
        using var scope = TensorScope.Begin();
        var seen = new List<Dictionary<string, float[]>>();
        var (few, pool) = (Signs(9, 0), Signs(60, 1000));
        var protocol = new Noting(seen) { Training = Training(JointNetworkKind.Supervised) with { Steps = 30, Average = 0.8 } };
        int[] places = [.. Enumerable.Range(0, 9)];
        using var shared = SharedFeatures.Compute([protocol], few.Images, places, pool.Images, Input, 1, null);
        using var classifier = (Foresee.Classifiers.SupervisedClassifier)protocol.Fit(new(few, places, pool.Images, shared, Seed: 1),
            CancellationToken.None);
        Assert.Equal(30, seen.Count);
        var kept = classifier.Network.Network.State().Where(t => t.Value.DType == DType.Float32).ToList();
        Assert.Contains(kept, t => t.Name.EndsWith("running_var", StringComparison.Ordinal));
        foreach (var (name, value) in kept)
        {
            double[] average = [.. seen[0][name].Select(x => (double)x)];
            for (var t = 1; t < 30; t++)
            {
                var share = Math.Min(0.8, (1.0 + t) / (10 + t));
                average = [.. average.Zip(seen[t][name], (old, fresh) => share * old + (1 - share) * fresh)];
            }
            if (name.Contains("running", StringComparison.Ordinal)) continue; // the last step moves these by a tenth
            // and the thirtieth step, whose weights nobody noted, as if it had changed nothing
            average = [.. average.Zip(seen[29][name], (old, fresh) => 0.8 * old + 0.2 * fresh)];
            Assert.All(average.Zip(value.ToArray<float>()), pair => Assert.Equal(pair.First, pair.Second, 1e-4));
            Assert.Contains(average.Zip(seen[29][name]), pair => Math.Abs(pair.First - pair.Second) > 2e-4);
        }
    }

    [Fact]
    public void Images_that_are_measured_are_read_only_to_be_predicted_and_rows_are_kept()
    {
        var reads = 0;
        var (train, test) = (Signs(60, 0), Signs(30, 5000));
        var counted = new LabelledImages(new PaintedImages(30, Side, (index, pixels) =>
        {
            Interlocked.Increment(ref reads);
            test.Images.Read(index, Input).Pixels.CopyTo(pixels);
        }), test.Labels, test.Classes);
        IProtocol[] protocols = [On(new FixMatch(), Training(JointNetworkKind.Supervised) with { Steps = 10 }),
            On(new MeanTeacher(), Training(JointNetworkKind.Run) with { Steps = 10 }),
            On(new Vat(), Training(JointNetworkKind.RandomInit) with { Steps = 10 })];
        var plan = new EvaluationPlan("signs-encoder", protocols, [new(4, LabelUnit.PerClass)], Input, Threads: 1, Draws: 1) { NewEncoder = Encoder };
        var data = new LabelledSplits(train, counted);
        var rows = Evaluator.Run(data, plan);
        Assert.Equal(30 * protocols.Length, reads);
        Assert.Equal(["supervised network", "signs-encoder", "signs-encoder from random weights"], rows.Select(row => row.Encoder));
        Assert.Equal(3, rows.Select(row => row.Settings).Distinct().Count());
        var again = Evaluator.Run(data, plan, _ => Assert.Fail("nothing is left to do"), earlier: rows);
        Assert.Equal(rows, again);
        Assert.Equal(30 * protocols.Length, reads);
    }

    [Fact]
    public void Impossible_settings_are_named_together()
    {
        var options = new JointTrainingOptions(Steps: 1, BatchSize: 1, Unlabelled: 0, Average: 1, Images: 0) { Epochs = -1 };
        var fault = Assert.Throws<ArgumentException>(options.Validate);
        Assert.All(["Steps", "BatchSize", "Unlabelled", "Average", "Images", "Epochs"], name => Assert.Contains(name, fault.Message));
        var views = Assert.Throws<ArgumentException>(() => new JointExemplar { Views = 1 }.Validate(Input));
        Assert.Contains("2 or more, got 1", views.Message, StringComparison.Ordinal);
        var shape = Assert.Throws<ArgumentException>(() => new JointRotation().Validate(new(16, 20, 1)));
        Assert.Contains("square, got 16 x 20 px", shape.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_network_is_that_of_the_baseline_for_as_many_labels()
    {
        var resolved = (FixMatch)new FixMatch().With(JointNetworkKind.Supervised).Resolve(new(3, 25, DType.BFloat16));
        var baseline = TunedBaseline.Cifar10().For(25);
        Assert.Equal(baseline with { Dropout = 0 }, resolved.Training.Supervised);
        Assert.Equal(DType.BFloat16, resolved.Training.Compute);
        Assert.False(resolved.NeedsEncoder);
        Assert.False(resolved.NeedsWeights);
        var own = new TunedBaseline("signs", new() { [25] = Small });                                 // as --tune finds it
        var both = new ProtocolDials { Tuned = own, Network = JointNetworkKind.Supervised }.Apply([new FixMatch(), new Supervised()])
            .Select(protocol => protocol.Resolve(new(3, 25, DType.Float32))).ToList();
        var joint = Assert.IsType<FixMatch>(both[0]);
        Assert.Equal(Small, Assert.IsType<Supervised>(both[1]).Options);
        Assert.Equal(Small with { Dropout = 0 }, joint.Training.Supervised);
        Assert.Null(joint.Training.Tuned);
        var run = (FixMatch)new FixMatch().Resolve(new(3, 25, DType.Float32));
        Assert.Null(run.Training.Supervised);
        Assert.True(run.NeedsEncoder);
        Assert.Equal(20, (new JointTrainingOptions(BatchSize: 5) with { Epochs = 10 }).StepsFor(10));
    }
}
