using Foresee.Encoders;
using Foresee.Evaluation;
using Foresee.Labels;
using Foresee.Torch;

namespace Foresee.Tests.Evaluation;

public sealed class SupervisedBaselineTests : IDisposable
{
    private const int Side = 16;
    private static readonly SupervisedBaselineOptions Small = new(Width: 8, Steps: 40, BatchSize: 12, Dropout: 0)
    {
        Augmentation = new(Flip: false, Shift: 0.05, Rotation: 5, Scale: 0.05, Brightness: 0.1, Cutout: 0),
    };
    private readonly string folder = Directory.CreateTempSubdirectory("foresee-pixels").FullName;

    /// <summary>Class 0: bars across, 1: bars down, 2: a spot; where they lie differs from image to image.</summary>
    private static LabelledImages Shapes(int count) => new(new PaintedImages(count, Side, (index, pixels) =>
    {
        for (var i = 0; i < pixels.Length; i++)
        {
            var (y, x) = (i / Side, i % Side);
            var on = (index % 3) switch
            {
                0 => (y + index) % 4 < 2,
                1 => (x + index) % 4 < 2,
                _ => Math.Abs(x - 5 - index % 5) + Math.Abs(y - 5 - index % 4) < 4,
            };
            pixels[i] = (byte)(on ? 200 : 20);
        }
    }), LinearProbeTests.Turns(count), ["across", "down", "spot"]);

    private static Tensor Pixels(LabelledImages data) =>
        ImageTensors.Read(data.Images, [.. Enumerable.Range(0, data.Images.Count)], new(Side, Side, 1));

    [Theory]
    [InlineData(DType.Float32)]
    [InlineData(DType.BFloat16)]
    public void The_network_learns_shapes_from_twelve_images(DType compute)
    {
        using var scope = TensorScope.Begin();
        var (train, test) = (Shapes(12), Shapes(90));
        using var classifier = SupervisedBaseline.Fit(Pixels(train), train.Labels, 3, Small, 0, compute: compute);
        Assert.True(Accuracy.Top1(classifier.Predict(Pixels(test)), test.Labels) > 90);
    }

    [Fact]
    public void The_same_seed_gives_the_same_losses_and_another_seed_others()
    {
        using var scope = TensorScope.Begin();
        var train = Shapes(12);
        double[] Losses(ulong seed)
        {
            var losses = new List<double>();
            SupervisedBaseline.Fit(Pixels(train), train.Labels, 3, Small, seed, progress => losses.Add(progress.Loss)).Dispose();
            return [.. losses];
        }
        Assert.Equal(Losses(1), Losses(1));
        Assert.NotEqual(Losses(1), Losses(2));
    }

    [Fact]
    public void Training_leaves_no_tensor_behind()
    {
        using var scope = TensorScope.Begin();
        var train = Shapes(6);
        var pixels = Pixels(train);
        var before = LivingTensors.Settled();
        SupervisedBaseline.Fit(pixels, train.Labels, 3, Small with { Steps = 10 }, 0).Dispose();
        Assert.Equal(before, Tensor.Living);
    }

    [Theory]
    [InlineData(28, 28)]
    [InlineData(32, 32)]
    [InlineData(96, 64)]
    public void Any_size_becomes_one_row_of_logits(int height, int width)
    {
        using var scope = TensorScope.Begin();
        using var generator = new Generator(0);
        using var network = new SupervisedNetwork(new(Width: 4), 3, height, width, 7, generator);
        Assert.Equal([2, 7], network.Forward(Tensor.Zeros([2, 3, height, width])).Shape);
    }

    [Fact]
    public void In_bf16_logits_and_gradients_are_those_of_f32_within_its_rounding()
    {
        using var scope = TensorScope.Begin();
        using var generator = new Generator(0);
        using var network = new SupervisedNetwork(new(Width: 16, Depth: 2, Dropout: 0), 3, 64, 64, 7, generator);
        var images = Tensor.RandN([16, 3, 64, 64], generator);
        var targets = Tensor.RandN([16, 7], generator);
        (Tensor Logits, Tensor Gradient) In(DType compute)
        {
            network.ComputeMaps(compute);
            foreach (var parameter in network.Parameters()) parameter.Value.Grad = null;
            var logits = network.Forward(images);
            (logits * targets).Mean().Backward();
            return (logits.Detach(), Tensor.Cat([.. network.Parameters().Select(p => p.Value.Grad!.Flatten(0).Clone())], 0));
        }
        var (whole, half) = (In(DType.Float32), In(DType.BFloat16));
        Assert.InRange(Difference(half.Logits, whole.Logits), 1e-6, 0.03);       // it is not the same network by another name
        // Of two near maxima of a window another one may be taken, and its gradient then goes elsewhere: 0.947 by AVX2, above 0.95 by
        // AVX-512.
        var cosine = (half.Gradient * whole.Gradient).Sum() / (half.Gradient.Square().Sum() * whole.Gradient.Square().Sum()).Sqrt();
        Assert.InRange(cosine.ToDouble(), 0.93, 1);
        static double Difference(Tensor a, Tensor b) => ((a - b).Square().Sum() / b.Square().Sum()).Sqrt().ToDouble();
    }

    [Fact]
    public void Without_amounts_augmentation_changes_nothing()
    {
        using var scope = TensorScope.Begin();
        using var generator = new Generator(0);
        var images = Tensor.Rand([3, 1, 8, 8], generator);
        Assert.Equal(images.ToArray<float>(), WholeImageAugmentation.None.Apply(images, generator).ToArray<float>());
    }

    [Fact]
    public void A_flip_mirrors_about_half_of_the_images_exactly()
    {
        using var scope = TensorScope.Begin();
        using var generator = new Generator(0);
        var images = Tensor.Rand([64, 1, 8, 8], generator);
        var flipped = (WholeImageAugmentation.None with { Flip = true }).Apply(images, generator);
        var (same, mirrored) = (Distances(images, flipped), Distances(images.Flip(3), flipped));
        Assert.All(same.Zip(mirrored), pair => Assert.True(Math.Min(pair.First, pair.Second) < 1e-5));
        Assert.InRange(same.Count(distance => distance < 1e-5), 16, 48);
        static float[] Distances(Tensor a, Tensor b) => (a - b).Abs().Flatten(1).MaxAlong(1).ToArray<float>();
    }

    [Theory]
    [InlineData(8, 8, 4)]
    [InlineData(8, 12, 2)] // a quarter turn would change its sides
    public void Without_an_upside_images_are_turned_by_right_angles_each_as_often(int height, int width, int ways)
    {
        const int Count = 400;
        using var scope = TensorScope.Begin();
        using var generator = new Generator(0);
        var images = Tensor.Rand([Count, 1, height, width], generator);
        var turned = (WholeImageAugmentation.None with { Turns = true }).Apply(images, generator);
        var half = images.Flip(2, 3);
        Tensor[] possible = ways == 2 ? [images, half]
            : [images, images.Transpose(2, 3).Flip(2), half, images.Transpose(2, 3).Flip(3)];
        var distances = possible.Select(way => (way - turned).Abs().Flatten(1).MaxAlong(1).ToArray<float>()).ToArray();
        var taken = Enumerable.Range(0, Count).Select(i => Array.FindIndex(distances, way => way[i] < 1e-5)).ToList();
        Assert.DoesNotContain(-1, taken);
        var (each, spread) = (Count / ways, 4 * Math.Sqrt(Count / ways));
        Assert.All(Enumerable.Range(0, ways), way => Assert.InRange(taken.Count(other => other == way), each - spread, each + spread));
    }

    [Fact]
    public void A_shift_is_of_whole_pixels_and_blurs_nothing()
    {
        using var scope = TensorScope.Begin();
        using var generator = new Generator(0);
        var images = Tensor.Rand([64, 1, 8, 12], generator);
        var (before, after) = (images.ToArray<float>().Chunk(8 * 12).ToArray(), (WholeImageAugmentation.None with { Shift = 0.25 })
            .Apply(images, generator).ToArray<float>().Chunk(8 * 12).ToArray());
        // exactly one fits each image
        var moves = before.Zip(after).Select(pair => Moves().Single(move => IsMoved(pair.First, pair.Second, move.Down, move.Right)))
            .ToArray();
        Assert.Equal([-3, -2, -1, 0, 1, 2, 3], moves.Select(move => move.Right).Distinct().Order());
        Assert.Equal([-2, -1, 0, 1, 2], moves.Select(move => move.Down).Distinct().Order());

        static IEnumerable<(int Down, int Right)> Moves() =>
            from down in Enumerable.Range(-3, 7) from right in Enumerable.Range(-3, 7) select (down, right);
        static bool IsMoved(float[] before, float[] after, int down, int right) => Enumerable.Range(0, 8 * 12).All(i =>
        {
            var (row, column) = ((i / 12) + down, (i % 12) + right);
            var expected = row is >= 0 and < 8 && column is >= 0 and < 12 ? before[(row * 12) + column] : 0;
            return Math.Abs(after[i] - expected) < 1e-5;
        });
    }

    [Fact]
    public void Cutout_blackens_a_square_and_nothing_else()
    {
        using var scope = TensorScope.Begin();
        using var generator = new Generator(0);
        var cut = (WholeImageAugmentation.None with { Cutout = 0.5 }).Apply(Tensor.Ones([32, 1, 8, 8]), generator).ToArray<float>();
        Assert.All(cut, value => Assert.True(value is 0 or 1));
        Assert.All(cut.Chunk(64), image => Assert.InRange(image.Count(v => v == 0), 1, 25)); // at most 5 x 5 by rounding; a corner at least
    }

    [Fact]
    public void Brightness_is_a_factor_whose_logarithm_is_even_and_cutout_has_one_size_and_any_centre()
    {
        const int Side = 8, Count = 4000;
        using var scope = TensorScope.Begin();
        using var generator = new Generator(0);
        var light = (WholeImageAugmentation.None with { Brightness = 0.3 }).Apply(Tensor.Ones([Count, 1, 1, 1]), generator)
            .ToArray<float>();
        var logarithms = light.Select(v => Math.Log(v)).ToList();
        Assert.InRange(logarithms.Min(), -0.3001, -0.299);
        Assert.InRange(logarithms.Max(), 0.299, 0.3001);
        Assert.InRange(logarithms.Average(), -0.012, 0.012);                     // 4 standard errors of 0.3 / √3 / √4000
        Assert.InRange(logarithms.Average(v => v * v), 0.0283, 0.0317);          // 0.3² / 3
        var cut = (WholeImageAugmentation.None with { Cutout = 0.5 }).Apply(Tensor.Ones([Count, 1, Side, Side]), generator)
            .ToArray<float>();
        var seen = Enumerable.Range(0, Side * Side).Select(i => cut.Chunk(Side * Side).Average(image => 1 - image[i])).ToArray();
        for (var i = 0; i < seen.Length; i++) Assert.Equal(Share(i / Side) * Share(i % Side), seen[i], 0.035);   // 4 standard errors

        // of centres within 2 pixels
        static double Share(int pixel) => (Math.Min(Side, pixel + 0.5 + 2) - Math.Max(0, pixel + 0.5 - 2)) / Side;
    }

    [Fact]
    public void Impossible_settings_are_all_named_at_once()
    {
        var message = Assert.Throws<ArgumentException>(new SupervisedBaselineOptions(Width: 0, Steps: 3, Dropout: 1).Validate).Message;
        Assert.Contains("Width", message, StringComparison.Ordinal);
        Assert.Contains("Steps", message, StringComparison.Ordinal);
        Assert.Contains("Dropout", message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_trial_reads_back_as_it_was_written()
    {
        var trial = new BaselineTrial(new(10, LabelUnit.PerClass), Small with { LearningRate = 0.0123, WeightDecay = 0.5 }, 2, 71.25,
            12.5)
        { Data = "0123456789abcdef" };
        var file = Path.Combine(folder, "one.csv");
        File.WriteAllText(file, $"{BaselineTrial.Header}\n{trial.ToCsv()}\n");
        Assert.Equal(trial, Assert.Single(BaselineTrial.Read(file)));
        File.WriteAllText(file, $"{BaselineTrial.Header}\n{trial.ToCsv()}\n1,2,3\n");
        Assert.Contains("line 3", Assert.Throws<FormatException>(() => BaselineTrial.Read(file)).Message, StringComparison.Ordinal);
        File.WriteAllText(file, "1,2,3\n");
        Assert.Contains("columns", Assert.Throws<FormatException>(() => BaselineTrial.Read(file)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_search_goes_on_from_its_evidence_and_names_the_best_trial()
    {
        var (data, evidence) = (Shapes(60), Path.Combine(folder, "trials.csv"));
        var options = new BaselineTuningOptions(Minutes: 0, Candidates: 2); // one trial per amount, then the time is over
        var amount = new LabelAmount(2, LabelUnit.PerClass);
        var quick = BaselineTuningOptions.Start with { Steps = 10, Width = 4 };
        var known = new TunedBaseline("elsewhere", new() { [2] = quick });
        var trials = new List<BaselineTrial>();
        var best = new BaselineTuning(data, new(Side, Side, 1), options with { Known = known }, evidence, threads: 2)
            .Run([amount], trials.Add);
        var trial = Assert.Single(trials);
        Assert.Equal(quick, best[amount]);
        Assert.Equal([BaselineTrial.Header, trial.ToCsv()], File.ReadAllLines(evidence));
        new BaselineTuning(data, new(Side, Side, 1), options with { Known = known }, evidence, threads: 2)
            .Run([amount], _ => Assert.Fail("the trial is known already"));
        Assert.Equal(2, File.ReadAllLines(evidence).Length);
        var others = new List<BaselineTrial>(); // trials of other images say nothing of these
        new BaselineTuning(Shapes(40), new(Side, Side, 1), options with { Known = known }, Path.Combine(folder, "trials.csv"), threads: 2)
            .Run([amount], others.Add);
        Assert.NotEqual(trial.Data, Assert.Single(others).Data);
        var better = trial with { Options = quick with { Steps = 12 }, Accuracy = trial.Accuracy + 1 };
        var elsewhere = better with
        {
            Labels = new(3, LabelUnit.PerClass),
            Options = quick with { Steps = 13 },
            Accuracy = trial.Accuracy
            + 2
        };
        File.AppendAllLines(evidence, [better.ToCsv(), elsewhere.ToCsv()]);
        Assert.Equal(better.Options, new BaselineTuning(data, new(Side, Side, 1), options with { Known = known }, evidence, threads: 2)
            .Run([amount])[amount]);
    }

    [Fact]
    public void The_best_of_one_amount_is_tried_on_the_next()
    {
        var (data, evidence) = (Shapes(60), Path.Combine(folder, "trials.csv"));
        LabelAmount few = new(2, LabelUnit.PerClass), more = new(4, LabelUnit.PerClass);
        var (quick, other) = (BaselineTuningOptions.Start with { Steps = 10, Width = 4 },
            BaselineTuningOptions.Start with { Steps = 11, Width = 4 });
        var trials = new List<BaselineTrial>();
        var best = new BaselineTuning(data, new(Side, Side, 1),
            new(Minutes: 10, Candidates: 3) { Known = new("elsewhere", new() { [2] = quick, [4] = other }) }, evidence, threads: 2)
            .Run([few, more], trials.Add);
        Assert.Contains(trials, trial => trial.Labels == more && trial.Draw == 0 && trial.Options == best[few]);
        Assert.Contains(trials, trial => trial.Labels == more && trial.Draw == 0 && trial.Options == other);
    }

    [Fact]
    public void Tuned_settings_read_back_and_serve_the_nearest_number_of_labels()
    {
        var path = Path.Combine(folder, "tuned.json");
        var tuned = new TunedBaseline("shapes", new() { [10] = Small, [200] = Small with { Steps = 99 } });
        tuned.Write(path);
        var back = TunedBaseline.Read(path);
        Assert.Equal(("shapes", "shapes"), (back.Source, back.Data));
        Assert.Equal(Small, back.For(20));
        Assert.Equal(99, back.For(100).Steps);
        File.WriteAllText(path, "{");
        Assert.Contains("--tune", Assert.Throws<InvalidDataException>(() => TunedBaseline.Read(path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Amounts_that_round_to_the_same_labels_per_class_share_the_larger_ones_settings()
    {
        var found = new Dictionary<LabelAmount, SupervisedBaselineOptions>
        {
            [new(8, LabelUnit.Percent)] = Small with { Steps = 21 },
            [new(5, LabelUnit.Percent)] = Small with { Steps = 20 },
            [new(50, LabelUnit.Percent)] = Small with { Steps = 30 }
        };
        var data = Shapes(30);
        var tuned = TunedBaseline.From("shapes", found, data);
        Assert.Equal(21, tuned.PerClass[1].Steps);
        Assert.Equal(2, tuned.PerClass.Count);
    }

    [Fact]
    public void The_committed_settings_are_valid_for_every_amount_of_the_demo()
    {
        Assert.All(new[] { 10, 25, 60, 200 }, labels => Assert.Contains(labels, TunedBaseline.FashionMnist().PerClass.Keys));
        foreach (var (tuned, data) in new[] { (TunedBaseline.For(channels: 1), "fashion-mnist"),
            (TunedBaseline.For(channels: 3), "cifar10") })
        {
            Assert.Equal(data, tuned.Data);
            Assert.All(tuned.PerClass.Values, options => options.Validate());
        }
    }

    public void Dispose() => Directory.Delete(folder, true);
}
