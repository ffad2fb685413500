using Foresee.Encoders;
using Foresee.Evaluation;
using Foresee.Evaluation.Protocols;
using Foresee.Images;
using Foresee.Labels;
using Foresee.Tests.Encoders;
using Foresee.Torch;

namespace Foresee.Tests.Evaluation;

public sealed class FineTuningTests : IDisposable
{
    private const int Side = 16;
    private static readonly FineTuningOptions Quick =
        new(Steps: 30, BatchSize: 12, Dropout: 0) { Augmentation = WholeImageAugmentation.None };
    private readonly string folder = Directory.CreateTempSubdirectory("foresee-grid").FullName;

    public FineTuningTests()
    {
        using var generator = new Generator(1);
        using var encoder = PatchGrids.Build(new(1, 16, 3, 1, [new(16, 8, 2), new(32, 8, 2)]), Side, 8, 4, generator);
        EncoderFile.Write(Path.Combine(folder, EncoderFile.FileName), encoder);
    }

    private TrainedEncoder Encoder() => TrainedEncoder.Load(folder, Device.Cpu);

    private static TrainedEncoder Whole(string path) => TrainedEncoder.Load(path, Device.Cpu, new EncoderReading { WholeImages = true });

    /// <summary>Class 0: bright above, 1: below, 2: in the middle; how bright differs from image to image.</summary>
    private static LabelledImages Bands(int count) => new(new PaintedImages(count, Side, (index, pixels) =>
    {
        var (from, to) = (index % 3) switch { 0 => (0, 6), 1 => (10, 16), _ => (5, 11) };
        for (var i = 0; i < pixels.Length; i++)
            pixels[i] = (byte)(i / Side >= from && i / Side < to ? 100 + index * 31 % 120 : 20 + index * 17 % 60);
    }), LinearProbeTests.Turns(count), ["above", "below", "middle"]);

    private static Tensor Pixels(LabelledImages data) =>
        ImageTensors.Read(data.Images, [.. Enumerable.Range(0, data.Images.Count)], new(Side, Side, 1));

    private FeatureScaling Scaling(GridPooling pooling = GridPooling.Whole)
    {
        using var scope = TensorScope.Begin();
        using var encoder = Encoder();
        return FeatureScaling.Fit(FeatureTable.Pool(encoder.Features(Pixels(Bands(60))), pooling), new());
    }

    private GridNetwork Fit(TrainedEncoder encoder, FeatureScaling scaling, FineTuningOptions options, ulong seed = 0) =>
        FineTuning.Fit(encoder, Pixels(Bands(12)), Bands(12).Labels, 3, scaling, options, new(), seed);

    private static EvaluationPlan Plan(IProtocol[] protocols, Func<TrainedEncoder> encoder) =>
        new("bands", protocols, [new(4, LabelUnit.PerClass)], new InputFormat(Side, Side, 1), Threads: 2,
            Draws: 2)
        { NewEncoder = encoder };

    private static Dictionary<string, float[]> Weights(TrainedEncoder encoder) =>
        encoder.Parameters().ToDictionary(p => p.Name, p => p.Value.ToArray<float>());

    [Fact]
    public void Either_head_learns_bands_from_twelve_images()
    {
        using var scope = TensorScope.Begin();
        using var scaling = Scaling();
        var test = Bands(90);
        foreach (var options in new[] { Quick, Quick with { Head = GridHead.Residual, EncoderRate = 0, BottleneckWidth = 8,
            LearningRate = 5e-3, Steps = 60 } })
        {
            using var classifier = Fit(Encoder(), scaling, options);
            Assert.True(Accuracy.Top1(classifier.Predict(Pixels(test)), test.Labels) > 90, options.Head.ToString());
        }
    }

    [Theory]
    [InlineData(DType.Float32)]
    [InlineData(DType.BFloat16)]
    public void An_encoder_that_multiplies_bf16_learns_them_too_and_gives_what_Float32_gives(DType compute)
    {
        using var scope = TensorScope.Begin();
        using var scaling = Scaling();
        var (encoder, test) = (Encoder(), Bands(90));
        var before = encoder.Features(Pixels(test));
        encoder.Compute(compute);
        var largest = (before - encoder.Features(Pixels(test))).Abs().Max().ToDouble() / before.Abs().Max().ToDouble();
        Assert.InRange(largest, compute == DType.Float32 ? 0 : 1e-5, compute == DType.Float32 ? 0 : 0.03);
        using var classifier = Fit(encoder, scaling, Quick);
        Assert.True(Accuracy.Top1(classifier.Predict(Pixels(test)), test.Labels) > 90);
    }

    [Fact]
    public void A_frozen_encoder_keeps_its_weights_to_the_last_bit()
    {
        using var scope = TensorScope.Begin();
        using var scaling = Scaling();
        var encoder = Encoder();
        var before = Weights(encoder);
        using var classifier = Fit(encoder, scaling, Quick with { EncoderRate = 0 });
        Assert.Equal(before, Weights(encoder));
    }

    [Fact]
    public void Batch_norm_follows_the_images_where_the_encoder_learns_and_stands_still_where_it_is_frozen()
    {
        using var scope = TensorScope.Begin();
        float[] Statistics(double rate)
        {
            using var generator = new Generator(4);
            var input = new InputFormat(Side, Side, 1) { Mean = [0.3], Std = [0.3] };
            var encoder = TrainedEncoder.Own(new ConvEncoderOptions(8, [1, 1], ResidualOrder.PreActivation, ConvStem.Small)
                .Build(input, generator), Device.Cpu);
            encoder.Train(false);
            var options = Quick with { Head = GridHead.Residual, BottleneckWidth = 8, EncoderRate = rate };
            using var network = FineTuning.Fit(encoder, Pixels(Bands(12)), Bands(12).Labels, 3, scaling: null, options, new(), 0);
            var statistics = encoder.Network.State().Where(tensor => tensor.Name.EndsWith("running_mean", StringComparison.Ordinal))
                .ToArray();
            Assert.NotEmpty(statistics);
            // in use, images don't mix
            Assert.Equal(network.Logits(Pixels(Bands(1))).ToArray<float>(), network.Logits(Pixels(Bands(2))).Narrow(0, 0, 1)
                .ToArray<float>(), Near);
            return [.. statistics.SelectMany(tensor => tensor.Value.ToArray<float>())];
        }
        Assert.All(Statistics(rate: 0), value => Assert.Equal(0, value));
        Assert.Contains(Statistics(rate: 0.3), value => Math.Abs(value) > 0.01);
        static bool Near(float a, float b) => Math.Abs(a - b) < 1e-4;
    }

    [Fact]
    public void Blocks_nearer_to_the_pixels_learn_more_slowly()
    {
        using var scope = TensorScope.Begin();
        using var scaling = Scaling();
        var encoder = Encoder();
        var before = Weights(encoder);
        using var classifier = Fit(encoder, scaling, Quick with { LayerRate = 0.1, WeightDecay = 0 });
        // Adam moves each weight by about its learning rate a step, whatever the gradient's size.
        double Moved(string name) => Weights(encoder)[name].Zip(before[name], (a, b) => Math.Abs(a - b)).Average();
        var (stem, first, second) = (Moved("stem.weight"), Moved("blocks.0.conv3.weight"), Moved("blocks.1.conv3.weight"));
        Assert.True(stem > 0 && stem < 0.3 * first && first < 0.3 * second, $"{stem} {first} {second}");
    }

    [Theory]
    [InlineData(GridPooling.Whole)]
    [InlineData(GridPooling.Two)]
    public void A_fine_tuning_that_stands_still_is_the_linear_probe(GridPooling pooling)
    {
        using var scope = TensorScope.Begin();
        using var scaling = Scaling(pooling);
        var (train, test) = (Bands(12), Bands(90));
        using var classifier = Fit(Encoder(), scaling, Quick with { LearningRate = 1e-12, Pooling = pooling });
        using var encoder = Encoder();
        using var probe = LinearProbe.Fit(scaling.Apply(FeatureTable.Pool(encoder.Features(Pixels(train)), pooling)), train.Labels, 3,
            new());
        Assert.Equal(probe.Predict(scaling.Apply(FeatureTable.Pool(encoder.Features(Pixels(test)), pooling))),
            classifier.Predict(Pixels(test)));
    }

    [Theory]
    [InlineData(512, 2, 64)]
    [InlineData(4096, 11, 1024)] // Hénaff et al. 2020, section 3.2
    public void The_frozen_head_is_the_papers_on_the_papers_latents(int features, int blocks, int middle)
    {
        var options = FineTuningOptions.Frozen.Resolve(new(3, 1, DType.Float32) { Features = features });
        options.Validate();
        Assert.Equal((GridHead.Residual, blocks, middle, 0.0),
            (options.Head, options.Blocks!.Value, options.BottleneckWidth!.Value, options.EncoderRate));
    }

    [Fact]
    public void Head_steps_come_before_and_leave_the_encoder_alone()
    {
        using var scope = TensorScope.Begin();
        using var scaling = Scaling();
        var (encoder, losses) = (Encoder(), new List<double>());
        var before = Weights(encoder);
        var options = Quick with
        {
            Head = GridHead.Residual,
            BottleneckWidth = 8,
            HeadSteps = 60,
            LearningRate = 5e-3,
            EncoderRate = 1e-9,
            WeightDecay = 0
        };
        using var classifier = FineTuning.Fit(encoder, Pixels(Bands(12)), Bands(12).Labels, 3, scaling, options, new(), 0, progress =>
            losses.Add(progress.Loss));
        Assert.All(Weights(encoder), weight => Assert.All(weight.Value.Zip(before[weight.Key]), pair =>
            Assert.Equal(pair.Second, pair.First, 1e-6)));
        Assert.True(losses[0] < 0.8, $"the head has learnt before the first loss that is told, {losses[0]}"); // ln 3 = 1.1 untrained
        var (first, passes) = (losses[0], options with { HeadSteps = 0, HeadEpochs = 60 }); // a batch is all 12 images
        FineTuning.Fit(Encoder(), Pixels(Bands(12)), Bands(12).Labels, 3, scaling, passes, new(), 0, progress => losses.Add(progress.Loss))
            .Dispose();
        Assert.Equal(first, losses[losses.Count / 2]);
    }

    [Fact]
    public void The_same_seed_gives_the_same_weights_and_nothing_stays_behind()
    {
        using var scope = TensorScope.Begin();
        using var scaling = Scaling();
        var options = Quick with { Steps = 10, Dropout = 0.3, Augmentation = new() };
        float[] Stem(ulong seed)
        {
            var encoder = Encoder();
            using var classifier = Fit(encoder, scaling, options, seed);
            return Weights(encoder)["stem.weight"];
        }
        Assert.Equal(Stem(1), Stem(1));
        Assert.NotEqual(Stem(1), Stem(2));
        var pixels = Pixels(Bands(12));
        var before = LivingTensors.Settled();
        FineTuning.Fit(Encoder(), pixels, Bands(12).Labels, 3, scaling, options, new(), 0).Dispose();
        Assert.Equal(before, Tensor.Living);
    }

    [Fact]
    public void The_evaluator_measures_frozen_and_fine_tuned_encoders()
    {
        IProtocol[] protocols = [
            new Frozen { Options = Quick with { Head = GridHead.Residual, EncoderRate = 0, BottleneckWidth = 8, LearningRate = 5e-3,
                Steps = 60 } },
            new FineTuned { Options = Quick with { Pooling = GridPooling.Two }, Standard = new() { Images = 30 } },
        ];
        var plan = Plan(protocols, Encoder);
        var results = Evaluator.Run(new(Bands(60), Bands(45)), plan);
        Assert.Equal(["frozen", "fine-tuned", "frozen", "fine-tuned"], results.Select(r => r.Protocol));
        Assert.All(results, result => Assert.True(result.Value > 85, result.ToString()));
        Assert.Contains("encoder", Assert.Throws<ArgumentException>(() =>
            Evaluator.Run(new(Bands(60), Bands(45)), plan with { NewEncoder = null })).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Whole_images_are_seen_past_the_edges_of_patches()
    {
        using var scope = TensorScope.Begin();
        using var whole = Whole(folder);
        using var patches = Encoder();
        var images = Pixels(Bands(6));
        var map = whole.Features(images);
        Assert.Equal([6, Side / 4, Side / 4, 32], map.Shape);   // two blocks of stride 2
        Assert.NotEqual(patches.Hash, whole.Hash);
        // On an image that is one patch both see the same: the mean of the map is the patch's vector.
        using var generator = new Generator(2);
        using var encoder = new PatchEncoder(((PatchGridOptions)whole.Network.Options).Network, generator);
        var patch = Tensor.RandN([5, 1, 8, 8], generator);
        var (expected, mean) = (encoder.Forward(patch).ToArray<float>(), encoder.Map(patch).Mean([2, 3]).ToArray<float>());
        Assert.All(expected.Zip(mean), pair => Assert.Equal(pair.First, pair.Second, 1e-5));
        // A pixel outside the first patch (rows and columns 0 to 7) changes positions 1, 1 inside it, which patches can't see.
        var other = images.Clone();
        other.Narrow(2, 8, 1).Fill_(255);
        double Change(TrainedEncoder of) => (of.Features(other) - of.Features(images)).Abs().Select(1, 0).Select(1, 0).Max().ToDouble();
        Assert.Equal(0, Change(patches));
        Assert.True((whole.Features(other) - map).Abs().Select(1, 1).Max().ToDouble() > 0);

        var few = new FeatureScalingOptions { Images = 30 };
        IProtocol[] protocols = [new Linear { Features = new(GridPooling.Whole) { Scaling = few } },
            new FineTuned { Options = Quick, Standard = few }];
        var plan = Plan(protocols, () => Whole(folder)) with { Draws = 1 };
        Assert.All(Evaluator.Run(new(Bands(60), Bands(45)), plan), result => Assert.True(result.Value > 85, result.ToString()));

        using var flat = PatchGrids.Build(PatchEncoderOptions.PatchEmbedding(1, 8, 16, 16), Side, 8, 4, generator);
        var place = Path.Combine(folder, "flat.safetensors");
        EncoderFile.Write(place, flat);
        Assert.Contains("smaller stride", Assert.Throws<ArgumentException>(() =>
            Whole(place)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Random_init_is_the_same_network_with_weights_drawn_anew()
    {
        using var encoder = Encoder();
        using var scope = TensorScope.Begin();
        var learnt = encoder.Parameters().ToDictionary(p => p.Name, p => p.Value.Clone());
        encoder.Forget(7);
        var first = encoder.Parameters().ToDictionary(p => p.Name, p => p.Value.Clone());
        Assert.NotEqual(learnt["stem.weight"].ToArray<float>(), first["stem.weight"].ToArray<float>());
        encoder.Forget(7);
        Assert.All(encoder.Parameters(), p => Assert.Equal(first[p.Name].ToArray<float>(), p.Value.ToArray<float>()));

        var plan = Plan([new RandomInit { Options = Quick with { EncoderRate = 1, LayerRate = 1 }, Standard = new() { Images = 30 } }],
            Encoder);
        var results = Evaluator.Run(new(Bands(60), Bands(45)), plan);
        Assert.All(results, result => Assert.True(result.Value > 60, result.ToString()));
        TrainedEncoder Another()
        {
            var other = Encoder();
            other.Forget(99);
            return other;
        }
        // what it had learnt does not matter
        Assert.Equal(results.Select(result => result.Value), Evaluator.Run(new(Bands(60), Bands(45)), plan with { NewEncoder = Another })
            .Select(result => result.Value));
    }

    [Fact]
    public void A_probe_on_random_weights_knows_nothing_of_what_was_learnt()
    {
        using var scope = TensorScope.Begin();
        TrainedEncoder Other()
        {
            var other = Encoder();
            other.Forget(99);
            return other;
        }
        var plan = Plan([new Untrained { Form = new(GridPooling.One) }, new Linear { Features = new(GridPooling.One) }], Encoder)
            with
        { Amounts = [new(1, LabelUnit.PerClass)] };
        var data = new LabelledSplits(Bands(60), Bands(400));
        double[] Values(string protocol, Func<TrainedEncoder> encoder) => [.. Evaluator.Run(data, plan with { NewEncoder = encoder })
            .Where(result => result.Protocol == protocol).Select(result => result.Value)];
        var values = Values("untrained", Encoder);
        Assert.Equal(values, Values("untrained", Other));
        Assert.NotEqual(Values("linear", Encoder), Values("linear", Other)); // what a difference would look like
        Assert.All(values, value => Assert.True(value > 40, $"{value}"));
    }

    [Fact]
    public void Weights_that_classify_the_held_images_worse_are_not_kept()
    {
        using var scope = TensorScope.Begin();
        using var scaling = Scaling();
        var (train, test) = (Bands(120), Bands(90));
        var losses = new List<double>();
        // 40 of each class, 10 held; the rate spoils all
        var options = Quick with { LearningRate = 100, LabelSmoothing = 0, Held = 0.25, LeastHeld = 30, Measurements = 10, Patience = 2 };
        using var classifier = FineTuning.Fit(Encoder(), Pixels(train), train.Labels, 3, scaling, options with { Steps = 400 }, new(), 0,
            progress => losses.Add(progress.Loss));
        Assert.True(Accuracy.Top1(classifier.Predict(Pixels(test)), test.Labels) > 90);
        Assert.True(losses.Count < 20, $"learning ended early, after {20 * losses.Count} of 400 steps");
        using var spoilt = FineTuning.Fit(Encoder(), Pixels(train), train.Labels, 3, scaling, options with { Held = 0 }, new(), 0);
        Assert.True(Accuracy.Top1(spoilt.Predict(Pixels(test)), test.Labels) < 80);
    }

    [Theory]
    [InlineData(0, 640, 500)]
    [InlineData(0, 64_000, 10_000)] // no fewer than ten passes
    [InlineData(5, 640, 50)]
    [InlineData(5, 630, 50)]
    [InlineData(20, 10, 20)] // a batch is no larger than the labels
    [InlineData(1, 64, 10)]  // no shorter than a cycle
    public void Epochs_are_steps_for_the_labels_there_are(double epochs, int labels, int steps) =>
        Assert.Equal(steps, (FineTuningOptions.FineTuned with { Epochs = epochs }).StepsFor(labels));

    [Theory]
    [InlineData(0, 0, 0)]
    [InlineData(40, 0, 40)]
    [InlineData(40, 2, 20)] // passes count, where there are any
    [InlineData(0, 0.1, 10)] // no shorter than a cycle
    public void The_heads_epochs_are_steps_too(int steps, double epochs, int expected) =>
        Assert.Equal(expected, (FineTuningOptions.FineTuned with { HeadSteps = steps, HeadEpochs = epochs }).HeadStepsFor(640));

    [Fact]
    public void Balanced_it_learns_the_logits_without_the_classes_frequency()
    {
        using var scope = TensorScope.Begin();
        using var scaling = Scaling();
        // Images without any difference: the two classes can be told apart by their frequency alone, 10 to 2.
        var grey = new LabelledImages(new PaintedImages(12, Side, (_, pixels) => pixels.AsSpan().Fill(90)),
            [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1], ["many", "few"]);
        double Difference(bool balanced)
        {
            var options = Quick with
            {
                Steps = 300,
                Balanced = balanced,
                LabelSmoothing = 0,
                WeightDecay = 0,
                LearningRate = 0.03,
                EncoderRate = 0
            };
            using var classifier = FineTuning.Fit(Encoder(), Pixels(grey), grey.Labels, 2, scaling, options,
                new() { FallbackDecay = 1e-3, Decays = [1] }, 0);
            var logits = classifier.Logits(Pixels(grey)).ToArray<float>();
            return logits[0] - logits[1];
        }
        Assert.InRange(Difference(false), Math.Log(5) - 0.2, Math.Log(5) + 0.2);
        Assert.InRange(Difference(true), -0.2, 0.2);
    }

    [Theory]
    [InlineData(1000, 2e-3, 0.3, 0.8, 500)]
    [InlineData(1001, 4e-3, 1, 1, 3000)]
    [InlineData(50000, 4e-3, 1, 1, 7813)] // 10 passes
    public void With_many_labels_all_layers_are_fine_tuned_alike_and_for_longer(int labels, double rate, double encoder, double layer,
        int steps)
    {
        var options = FineTuningOptions.FineTuned.For(labels);
        Assert.Equal((rate, encoder, layer, steps),
            (options.LearningRate, options.EncoderRate, options.LayerRate, options.StepsFor(labels)));
        Assert.Equal(FineTuningOptions.Frozen, FineTuningOptions.Frozen.For(labels)); // its encoder never learns
    }

    [Fact]
    public void Impossible_settings_are_all_named_at_once()
    {
        var message = Assert.Throws<ArgumentException>(() =>
            new FineTuningOptions(Steps: 5, EncoderRate: 2, LayerRate: 0, Dropout: 1).Validate()).Message;
        Assert.All(new[] { "Steps", "EncoderRate", "LayerRate", "Dropout" }, name =>
            Assert.Contains(name, message, StringComparison.Ordinal));
    }

    public void Dispose() => Directory.Delete(folder, true);
}
