using Foresee.Augmentation;
using Foresee.Encoders;
using Foresee.Evaluation;
using Foresee.Evaluation.Protocols;
using Foresee.Images;
using Foresee.Labels;
using Foresee.Tests.Encoders;
using Foresee.Torch;
using Foresee.Torch.Files;
using Foresee.Torch.Losses;

namespace Foresee.Tests.Evaluation;

public sealed class SgdLinearProbeTests : IDisposable
{
    private const int Side = 16, Margin = 2;
    private static readonly PatchEncoderOptions Small = new(1, 16, 3, 1, [new(16, 8, 2), new(32, 8, 2)]);
    private static readonly SgdLinearProbeOptions Quick = new(Steps: 60, BatchSize: 16, LearningRate: 0.02) { LeastEpochs = 1 };
    private readonly string folder = Directory.CreateTempSubdirectory("foresee-sgd-linear").FullName;
    private readonly TrainedEncoder encoder;

    public SgdLinearProbeTests()
    {
        using var generator = new Generator(1);
        using var network = PatchGrids.Build(Small, Side, 8, 4, generator, margin: Margin);
        EncoderFile.Write(Path.Combine(folder, EncoderFile.FileName), network);
        encoder = TrainedEncoder.Load(folder, Device.Cpu);
    }

    public void Dispose()
    {
        encoder.Dispose();
        Directory.Delete(folder, true);
    }

    /// <summary>Class 0: upright stripes, 1: lying ones, 2: none; how bright differs from image to image. Neither mirroring nor cropping makes one into another.</summary>
    private static LabelledImages Stripes(int count, Action<int>? read = null) => new(new PaintedImages(count, Side + Margin, (index, pixels) =>
    {
        read?.Invoke(index);
        for (var i = 0; i < pixels.Length; i++)
        {
            var place = (index % 3) switch { 0 => i % (Side + Margin), 1 => i / (Side + Margin), _ => 1 };
            pixels[i] = (byte)((place + index) % 4 < 2 ? 100 + index * 31 % 120 : 20 + index * 17 % 60);
        }
    }), LinearProbeTests.Turns(count), ["upright", "lying", "none"]);

    private GridNetwork Fit(LabelledImages data, SgdLinearProbeOptions options, ulong seed = 0, Action<FitProgress>? progress = null) =>
        SgdLinearProbe.Fit(TrainedEncoder.Load(folder, Device.Cpu), data, options, seed, threads: 2, progress);

    private static Tensor Pixels(LabelledImages data) => ImageTensors.ReadAll(data.Images, new(Side + Margin, Side + Margin, 1));

    [Fact]
    public void The_head_has_pytorchs_logits_gradients_and_running_statistics()
    {
        using var scope = TensorScope.Begin();
        var fixture = Safetensors.Read(Path.Combine(AppContext.BaseDirectory, "fixtures", "linear-evaluation.safetensors")).Tensors;
        using var head = new ScaleFreeHead(6, 3);
        Assert.Equal(["weight", "bias"], head.Parameters().Select(p => p.Name)); // the norm has neither scale nor offset
        var state = head.State().ToDictionary(s => s.Name, s => s.Value);
        using (Autograd.NoGrad())
            foreach (var name in new[] { "weight", "bias" }) state[name].Copy_(fixture[name]);
        var logits = head.Forward(fixture["z"]);
        var loss = Loss.CrossEntropy(logits, fixture["labels"]);
        loss.Backward();
        head.Train(false);
        (string Name, Tensor Actual)[] all = [("logits", logits), ("loss", loss), ("dweight", state["weight"].Grad!), ("dbias", state["bias"].Grad!),
            ("running_mean", state["norm.running_mean"]), ("running_var", state["norm.running_var"]), ("logits_in_use", head.Forward(fixture["z"]))];
        foreach (var (name, actual) in all)
            Assert.All(fixture[name].ToArray<float>().Zip(actual.ToArray<float>()), pair => Assert.Equal(pair.First, pair.Second, 2e-5 * Math.Max(1, Math.Abs(pair.First))));
    }

    [Fact]
    public void Stripes_are_learnt_from_chance_on()
    {
        var (train, test, losses) = (Stripes(60), Stripes(90), new List<double>());
        using var probe = Fit(train, Quick, 0, step => losses.Add(step.Loss));
        Assert.Equal(Math.Log(3), losses[0], 1e-5);
        Assert.True(losses[^1] < 0.5, $"the last loss is {losses[^1]}");
        using var scope = TensorScope.Begin();
        Assert.True(Accuracy.Top1(probe.Predict(Pixels(test)), test.Labels) > 90);
    }

    [Fact]
    public void Only_the_drawn_images_are_read_to_learn_from()
    {
        var read = new HashSet<int>();
        int[] drawn = [3, 4, 5, 30, 31, 32];
        Fit(Stripes(60, index => { lock (read) read.Add(index); }).Only(drawn, "drawn"), Quick).Dispose();
        Assert.Equal(drawn, read.Order());
    }

    [Theory]
    [InlineData(200)]
    [InlineData(2000)]
    public void Images_and_features_of_a_few_batches_are_all_that_is_held(int count)
    {
        GC.Collect();
        GC.WaitForPendingFinalizers(); // what other tests left must not end here
        var (read, ahead, living, before) = (0, 0, new HashSet<long>(), LivingTensors.Settled());
        var data = Stripes(count, _ => Interlocked.Increment(ref read));
        var options = Quick with { Epochs = 1, BatchSize = 16 };
        Fit(data, options, 0, step =>
        {
            ahead = Math.Max(ahead, Volatile.Read(ref read) - step.Step * options.BatchSize);
            if (step.Step > 1) living.Add(Tensor.Living - before); // Adam's moments come with the first step
        }).Dispose();
        Assert.InRange(ahead, 0, 6 * options.BatchSize); // read in advance, whatever the number of images
        Assert.InRange(Assert.Single(living), 1, 60);
        Assert.Equal(before, Tensor.Living);
    }

    [Fact]
    public void The_same_seed_gives_the_same_classes_and_augmentation_is_part_of_what_is_learnt()
    {
        var (train, test) = (Stripes(24), Stripes(300));
        double Loss(ulong seed, PatchAugmentation augmentation)
        {
            var losses = new List<double>();
            using var probe = Fit(train, Quick with { Steps = 5, Augmentation = augmentation }, seed, step => losses.Add(step.Loss));
            using var scope = TensorScope.Begin();
            Assert.Equal(300, probe.Predict(Pixels(test)).Length);
            return losses[^1];
        }
        var plain = Loss(1, PatchAugmentation.None);
        Assert.Equal(plain, Loss(1, PatchAugmentation.None));
        Assert.NotEqual(plain, Loss(2, PatchAugmentation.None));
        Assert.NotEqual(plain, Loss(1, PatchAugmentation.None with { Lightness = 1 }));
    }

    [Fact]
    public void Without_changes_and_margin_the_augmented_features_are_the_features()
    {
        using var scope = TensorScope.Begin();
        using var generator = new Generator(3);
        using var network = PatchGrids.Build(Small, Side, 8, 4, generator);
        using var bare = TrainedEncoder.Of(network, Device.Cpu);
        var pixels = ImageTensors.Read(new PaintedImages(5, Side), [0, 1, 2, 3, 4], bare.Input);
        Assert.All(bare.Features(pixels).ToArray<float>().Zip(SgdLinearProbe.Augmented(bare, pixels, PatchAugmentation.None, generator).ToArray<float>()), pair => Assert.Equal(pair.First, pair.Second, 1e-5));
    }

    [Fact]
    public void An_image_that_cant_be_read_is_named_with_the_way_out()
    {
        var data = Stripes(12, index =>
        {
            if (index == 7) throw new UnreadableImageException("painted[7]", "it is torn");
        });
        var message = Assert.Throws<UnreadableImageException>(() => Fit(data, Quick)).Message;
        Assert.Contains("painted[7]", message, StringComparison.Ordinal);
        Assert.Contains("Readable", message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_evaluator_measures_it_beside_other_protocols()
    {
        var linear = new Linear { Features = new(GridPooling.Whole) { Scaling = new() { Images = 30 } } };
        var plan = new EvaluationPlan("stripes", [new SgdLinear { Options = Quick }, linear], [new(8, LabelUnit.PerClass)], encoder.Input, Threads: 2, Draws: 2)
        {
            NewEncoder = () => TrainedEncoder.Load(folder, Device.Cpu),
        };
        var results = Evaluator.Run(new(Stripes(60), Stripes(45)), plan);
        Assert.Equal(["sgd-linear", "linear", "sgd-linear", "linear"], results.Select(r => r.Protocol));
        Assert.All(results, result => Assert.True(result.Value > 85, result.ToString()));
        Assert.Contains("encoder", Assert.Throws<ArgumentException>(() => Evaluator.Run(new(Stripes(60), Stripes(45)), plan with { NewEncoder = null })).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, 100, 200)]
    [InlineData(0, 1_281_167, 25_023)] // no fewer than ten passes
    [InlineData(3, 1024, 6)]
    [InlineData(3, 20, 3)] // a batch is no larger than the labels
    public void Epochs_are_steps_for_the_labels_there_are(double epochs, int labels, int steps) =>
        Assert.Equal(steps, (new SgdLinearProbeOptions() with { Epochs = epochs }).StepsFor(labels));

    [Theory]
    [InlineData(256, 5e-3, false)]
    [InlineData(4096, 5e-4, true)]
    public void The_papers_latents_are_learnt_from_as_in_the_paper(int features, double rate, bool published)
    {
        var options = new SgdLinearProbeOptions().Resolve(new(3, 1, DType.Float32) { Features = features, Pretraining = PatchAugmentation.Published });
        options.Validate();
        Assert.Equal((512, rate, published), (options.BatchSize, options.LearningRate, options.Augmentation == PatchAugmentation.Published));
    }

    [Fact]
    public void Impossible_settings_are_all_named_at_once()
    {
        var message = Assert.Throws<ArgumentException>(() => (new SgdLinearProbeOptions(Steps: 0, BatchSize: 1, LearningRate: 0) with { Augmentation = PatchAugmentation.None with { Hue = 2 } }).Validate()).Message;
        Assert.All(new[] { "Steps", "BatchSize", "LearningRate", "hue" }, name => Assert.Contains(name, message, StringComparison.Ordinal));
    }
}
