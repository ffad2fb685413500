using Foresee.Encoders;
using Foresee.Images;
using Foresee.Methods;
using Foresee.Tests.Methods;
using Foresee.Torch;
using Foresee.Torch.Files;
using Foresee.Torch.Layers;
using Foresee.Training;

namespace Foresee.Tests.Training;

public sealed class TrainerTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("foresee-trainer").FullName;

    private static TrainingOptions Options(long images) => new()
    {
        Budget = new(Images: images),
        BatchSize = 4,
        LearningRate = 1e-3,
        WarmUpSteps = 5,
        MaximumGradientNorm = 1,
        AverageDecay = 0.9,
        LogEvery = 1,
        Seed = 3,
    };

    private sealed class Setup : IDisposable
    {
        private readonly CpcV2 method;
        private readonly ImageLoader loader;

        public Setup(string folder, TrainingOptions options, Action<StepRecord>? onStep = null, CpcV2Options? cpc = null, Func<ProbeRecord>? probe = null)
        {
            using var generator = new Generator((ulong)options.Seed);
            method = new(cpc ?? CpcV2Tests.Small, generator, Device.Cpu);
            loader = new(new NoiseImages(30), new() { BatchSize = options.BatchSize, Seed = options.Seed, Height = 28, Width = 28, Channels = 1 });
            Trainer = new(method, loader, options, "test", folder, Device.Cpu) { OnStep = onStep, Probe = probe };
        }

        public Trainer Trainer { get; }
        public CpcV2 Method => method;

        public void Dispose()
        {
            Trainer.Dispose();
            loader.Dispose();
            method.Dispose();
        }
    }

    [Fact]
    public void Accumulated_gradients_are_those_of_the_whole_batch()
    {
        double[] Losses(string name, int atOnce)
        {
            var losses = new List<double>();
            using var run = new Setup(Sub(name), Options(64) with { BatchSize = 8, AccumulateImages = atOnce }, s => losses.Add(s.Loss), CpcV2Tests.Small with { CandidateImages = 2 });
            run.Trainer.Run(default);
            return [.. losses];
        }
        var (whole, parts, two) = (Losses("whole", 0), Losses("parts", 2), Losses("two", 4));
        Assert.Equal(8, whole.Length);
        Assert.All(whole.Zip(parts), pair => Assert.Equal(pair.First, pair.Second, 1e-4));
        Assert.All(whole.Zip(two), pair => Assert.Equal(pair.First, pair.Second, 1e-4));
        Assert.NotEqual(whole[0], whole[^1]);
        var message = Assert.Throws<ArgumentException>(() => Losses("odd", 1)).Message;
        Assert.Contains("parts of 2", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Looks_come_at_their_steps_and_leave_the_losses_as_they_are()
    {
        var (plain, looked) = (new List<StepRecord>(), new List<StepRecord>());
        using (var run = new Setup(Sub("plain"), Options(40), plain.Add)) run.Trainer.Run(default);
        Setup? other = null;
        using (other = new Setup(Sub("looked"), Options(40) with { ProbeEvery = 4 }, looked.Add, probe: () =>
        {
            Assert.False(Autograd.Recording);
            using var scope = TensorScope.Begin();
            return new(other!.Method.Encoder.Forward(Tensor.Ones([2, 1, 8, 8])).Sum().ToDouble(), 0.5, 0.1);
        })) other.Trainer.Run(default);
        Assert.Equal(plain.Select(record => record.Loss), looked.Select(record => record.Loss)); // to the last bit
        Assert.All(plain, record => Assert.Null(record.Probe));
        Assert.Equal([1, 4, 8, 10], looked.Where(record => record.Probe is not null).Select(record => record.Step)); // also at the last
    }

    [Fact]
    public void The_last_step_is_logged_and_looked_at_whatever_its_number()
    {
        var records = new List<StepRecord>();
        using var run = new Setup(Sub("last"), Options(28) with { LogEvery = 5 }, records.Add, probe: () => new(1, 0.5, 0.1));
        run.Trainer.Run(default);
        Assert.Equal([5, 7], records.Select(record => record.Step));
        Assert.All(records, record => Assert.NotNull(record.Probe));
        Assert.InRange(records[1].ImagesPerSecond * (records[1].Seconds - records[0].Seconds) / (2 * 4), 0.5, 2); // of two steps
    }

    [Fact]
    public void What_is_looked_at_is_the_average_that_becomes_the_encoder()
    {
        Setup? run = null;
        var seen = new List<float>();
        var options = Options(28) with { LogEvery = 7, ProbeEvery = 7, AverageDecay = 0.9999 };
        using (run = new Setup(Sub("average"), options, _ => { }, probe: () =>
        {
            seen.Add(run!.Method.Encoder.Parameters().First().Value.ToArray<float>()[0]);
            return new(1, null, null);
        })) run.Trainer.Run(default);
        var (encoder, _) = EncoderFile.Read(Path.Combine(folder, "average"));
        using (encoder) Assert.Equal(encoder.Parameters().First().Value.ToArray<float>()[0], seen[^1]);
    }

    private string Sub(string name) => Directory.CreateDirectory(Path.Combine(folder, name)).FullName;

    [Fact]
    public void A_resumed_run_has_the_losses_of_an_uninterrupted_one()
    {
        var (whole, parts) = (new List<double>(), new List<double>());
        using (var run = new Setup(Sub("whole"), Options(80), s => whole.Add(s.Loss))) Assert.True(run.Trainer.Run(default));
        using var stop = new CancellationTokenSource();
        using (var first = new Setup(Sub("parts"), Options(80), s =>
        {
            parts.Add(s.Loss);
            if (s.Step == 9) stop.Cancel(); // in the second epoch: 30 images make 7 batches
        })) Assert.False(first.Trainer.Run(stop.Token));
        using (var second = new Setup(Sub("parts"), Options(80), s => parts.Add(s.Loss)))
        {
            second.Trainer.Resume();
            Assert.Equal(9, second.Trainer.Step);
            Assert.True(second.Trainer.Run(default));
        }
        Assert.Equal(20, whole.Count);
        Assert.Equal(whole, parts); // to the last bit
        Assert.Equal(File.ReadAllBytes(Path.Combine(folder, "whole", EncoderFile.FileName)), File.ReadAllBytes(Path.Combine(folder, "parts", EncoderFile.FileName)));
    }

    [Fact]
    public void Shares_on_two_threads_leave_the_losses_as_they_are()
    {
        var before = Engine.Threads;
        try
        {
            List<double> Run(int threads)
            {
                Engine.Threads = threads;
                var losses = new List<double>();
                using var run = new Setup(Sub($"threads{threads}"), Options(40), s => losses.Add(s.Loss), CpcV2Tests.Small with { CandidateImages = 2 });
                run.Trainer.Run(default);
                return losses;
            }
            var (one, two) = (Run(1), Run(2));
            Assert.Equal(10, one.Count);
            for (var i = 0; i < one.Count; i++) Assert.Equal(one[i], two[i], 1e-3); // rounding grows from step to step
        }
        finally
        {
            Engine.Threads = before;
        }
    }

    [Fact]
    public void A_loss_that_is_no_number_stops_the_run_and_keeps_the_last_good_checkpoint()
    {
        var place = Sub("nan");
        using (var good = new Setup(place, Options(8))) good.Trainer.Run(default);
        var kept = File.ReadAllBytes(Path.Combine(place, Checkpoint.FileName));
        // Not resumed: the plan of the checkpoint ends at its own 2 steps, a fresh trainer has 20 ahead.
        using var broken = new Setup(place, Options(80));
        using (Autograd.NoGrad()) broken.Method.Network.Parameters().First().Value.Fill_(double.NaN);
        var error = Assert.Throws<TrainingException>(() => broken.Trainer.Run(default));
        Assert.Contains("step 1", error.Message, StringComparison.Ordinal);
        Assert.Contains(Checkpoint.FileName, error.Message, StringComparison.Ordinal);
        Assert.Equal(kept, File.ReadAllBytes(Path.Combine(place, Checkpoint.FileName)));
    }

    [Fact]
    public void A_loss_far_above_chance_stops_the_run_and_keeps_the_last_good_checkpoint()
    {
        var place = Sub("diverged");
        using (var run = new Setup(place, Options(8))) run.Trainer.Run(default);
        var kept = File.ReadAllBytes(Path.Combine(place, Checkpoint.FileName));
        var losses = new List<double>();
        using var broken = new Setup(place, Options(4000) with { LearningRate = 1, WarmUpSteps = 0, CheckpointSeconds = 1e-6, LogEvery = 1 }, step => losses.Add(step.Loss / step.Chance));
        var error = Assert.Throws<TrainingException>(() => broken.Trainer.Run(default));
        Assert.Contains("far above chance", error.Message, StringComparison.Ordinal);
        Assert.Contains("learning rate (now 1)", error.Message, StringComparison.Ordinal);
        Assert.InRange(losses.Max(), 0, 3);
        Assert.NotEqual(kept, File.ReadAllBytes(Path.Combine(place, Checkpoint.FileName))); // it had been sound for some steps
        using var last = new Setup(place, Options(4000) with { LearningRate = 1, WarmUpSteps = 0 });
        last.Trainer.Resume();
        Assert.InRange(losses[(int)last.Trainer.Step - 1], 0, 1.5);
    }

    [Fact]
    public void A_run_cancelled_with_a_bad_loss_keeps_the_last_good_checkpoint()
    {
        var place = Sub("cancelled");
        using (var run = new Setup(place, Options(8))) run.Trainer.Run(default);
        var kept = File.ReadAllBytes(Path.Combine(place, Checkpoint.FileName));
        using var cancel = new CancellationTokenSource();
        var losses = new List<double>();
        using var broken = new Setup(place, Options(4000) with { WarmUpSteps = 100 }, step =>
        {
            losses.Add(step.Loss / step.Chance);
            cancel.Cancel();
        });
        using (Autograd.NoGrad())
            foreach (var parameter in broken.Method.Network.Parameters()) parameter.Value.Mul_(30);
        Assert.False(broken.Trainer.Run(cancel.Token));
        Assert.True(Assert.Single(losses) > 1.5);
        Assert.Equal(kept, File.ReadAllBytes(Path.Combine(place, Checkpoint.FileName)));
    }

    [Fact]
    public void Another_recipes_checkpoint_is_refused()
    {
        var place = Sub("recipe");
        using (var run = new Setup(place, Options(8))) run.Trainer.Run(default);
        using var generator = new Generator(1);
        using var method = new CpcV2(CpcV2Tests.Small, generator, Device.Cpu);
        using var loader = new ImageLoader(new NoiseImages(30), new() { BatchSize = 4, Height = 28, Width = 28, Channels = 1 });
        using var other = new Trainer(method, loader, Options(8), "other", place, Device.Cpu);
        var error = Assert.Throws<InvalidDataException>(other.Resume);
        Assert.Contains("'test'", error.Message, StringComparison.Ordinal);
        Assert.Contains("'other'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_truncated_checkpoint_is_refused()
    {
        var place = Sub("truncated");
        using (var run = new Setup(place, Options(8))) run.Trainer.Run(default);
        var path = Path.Combine(place, Checkpoint.FileName);
        File.WriteAllBytes(path, File.ReadAllBytes(path)[..1000]);
        using var again = new Setup(place, Options(8));
        Assert.Throws<InvalidDataException>(again.Trainer.Resume);
    }

    [Theory]
    [InlineData("step", "many", "step must be a whole number from 0", "'many'")]
    [InlineData("steps", "-3", "steps must be a whole number from 0", "'-3'")]
    [InlineData("seconds", "NaN", "seconds must be a number of 0 or more", "'NaN'")]
    [InlineData("epoch", "3000000000", "epoch must be a whole number from 0 to 2147483647", "'3000000000'")]
    [InlineData("index", "1.5", "index must be a whole number", "'1.5'")]
    [InlineData("seconds", null, "the field 'seconds' is missing", "")]
    [InlineData("format", "foresee-checkpoint-9", "format 'foresee-checkpoint-9'", "expected 'foresee-checkpoint-1'")]
    [InlineData("generator", null, "the tensor 'generator' is missing", "")]
    [InlineData("generator", "short", "does not fit this run", "")]
    [InlineData("network.target.weight", null, "does not fit this run", "missing: target.weight")]
    [InlineData("optimiser.exp_avg.target.weight", "short", "does not fit this run", "shape of exp_avg.target.weight")]
    public void A_checkpoint_with_a_part_missing_or_wrong_is_refused_by_file_value_and_remedy(string name, string? value, string expected, string found)
    {
        var place = Sub("broken");
        using (var run = new Setup(place, Options(8))) run.Trainer.Run(default);
        var path = Path.Combine(place, Checkpoint.FileName);
        using (var content = Safetensors.Read(path))
        using (TensorScope.Begin())
        {
            var fields = content.Metadata.Where(field => field.Key != name || value is not null).ToDictionary(field => field.Key, field => field.Key == name ? value! : field.Value);
            var tensors = content.Tensors.Where(tensor => tensor.Key != name || value is not null)
                .Select(tensor => new NamedTensor(tensor.Key, tensor.Key == name ? Tensor.From([1f]).To(tensor.Value.DType) : tensor.Value)).ToList();
            Safetensors.Write(path, tensors, fields);
        }
        using var again = new Setup(place, Options(8));
        var error = Assert.Throws<InvalidDataException>(again.Trainer.Resume);
        Assert.StartsWith(path, error.Message, StringComparison.Ordinal);
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
        Assert.Contains(found, error.Message, StringComparison.Ordinal);
        Assert.Contains("another folder", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_trained_encoder_can_be_read_back()
    {
        var place = Sub("encoder");
        using (var run = new Setup(place, Options(8))) run.Trainer.Run(default);
        var (encoder, description) = EncoderFile.Read(place);
        using (encoder)
        {
            Assert.Equal(CpcV2Tests.Small.Encoder, description.Options);
            Assert.Equal((28, 28, 8, 4), (description.Height, description.Width, description.Patch, description.Stride));
            using var scope = TensorScope.Begin();
            Assert.Equal([5, 64], encoder.Forward(Tensor.Zeros([5, 1, 8, 8])).Shape);
        }
    }

    [Fact]
    public void A_budget_in_minutes_fixes_its_steps_from_the_first_ones()
    {
        var records = new List<StepRecord>();
        var options = Options(1) with { Budget = new(Minutes: 0.1), WarmUpSteps = Budget.SpeedSteps };
        using var run = new Setup(Sub("time"), options, records.Add);
        Assert.True(run.Trainer.Run(default));
        var plan = records.First(record => record.Steps > 0);
        Assert.All(records.TakeWhile(record => record != plan), record => Assert.Equal(0, record.Steps));
        Assert.All(records.SkipWhile(record => record != plan), record => Assert.InRange(record.Step, 1, record.Steps));
        Assert.Equal(records[^1].Steps, records[^1].Step);
        // Not from too few steps, unless a good part of the time is over.
        Assert.True(plan.Step >= Budget.SpeedSteps || plan.Seconds >= 0.3 * 6, $"planned at step {plan.Step}, after {plan.Seconds} s");
        Assert.True(plan.Steps > plan.Step);
    }

    [Fact]
    public void A_budget_in_minutes_is_planned_again_when_the_machine_slows_down()
    {
        const double seconds = 6;
        var records = new List<StepRecord>();
        var options = Options(1) with { Budget = new(Minutes: seconds / 60), WarmUpSteps = Budget.SpeedSteps };
        using var run = new Setup(Sub("slower"), options, record =>
        {
            records.Add(record);
            if (record.Seconds > 0.4 * seconds) Thread.Sleep((int)(3000 * (record.Seconds / record.Step))); // each further step takes four times as long
        });
        Assert.True(run.Trainer.Run(default));
        Assert.InRange(records[^1].Seconds, 0.8 * seconds, 1.25 * seconds); // by the first plan alone 2.8 times
        Assert.True(records[^1].Steps < records.First(record => record.Steps > 0).Steps);
    }

    [Fact]
    public void A_budget_in_minutes_is_used_up_when_the_machine_becomes_faster()
    {
        const double seconds = 6;
        var records = new List<StepRecord>();
        var options = Options(1) with { Budget = new(Minutes: seconds / 60), WarmUpSteps = Budget.SpeedSteps };
        using var run = new Setup(Sub("faster"), options, record =>
        {
            records.Add(record);
            if (record.Seconds < 0.32 * seconds) Thread.Sleep(100); // the first plan is made then, of a few slow steps
        });
        Assert.True(run.Trainer.Run(default));
        Assert.InRange(records[^1].Seconds, 0.8 * seconds, 1.25 * seconds); // by the first plan alone about 0.4 times
        Assert.True(records[^1].Steps > records.First(record => record.Steps > 0).Steps);
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(0.25, 0.25)]
    [InlineData(1, 1)]
    public void The_learning_rate_ends_at_its_final_share(double final, double expected)
    {
        var rates = new List<double>();
        using var run = new Setup(Sub($"{final}"), Options(200) with { FinalRate = final }, s => rates.Add(s.LearningRate / 1e-3));
        run.Trainer.Run(default);
        Assert.Equal(1, rates[5], 1e-2); // the warm-up is over
        Assert.Equal(expected, rates[^1], 1e-2);
        if (final == 1) Assert.All(rates[5..], rate => Assert.Equal(1, rate, 1e-12));
    }

    [Fact]
    public void Faults_of_the_options_are_named_together()
    {
        var error = Assert.Throws<ArgumentException>(() => (Options(8) with { BatchSize = 1, LearningRate = double.NaN, FinalRate = 2, AverageDecay = 1 }).Validate());
        Assert.Contains("batch", error.Message, StringComparison.Ordinal);
        Assert.Contains("learning rate", error.Message, StringComparison.Ordinal);
        Assert.Contains("final rate", error.Message, StringComparison.Ordinal);
        Assert.Contains("average decay", error.Message, StringComparison.Ordinal);
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    /// <summary>Seeded noise, 28 x 28, grey.</summary>
    private sealed class NoiseImages(int count) : IImageSource
    {
        public string Name => "noise";
        public int Count => count;
        public string Describe(int index) => $"noise[{index}]";
        public string Hash() => $"noise of {count}";
        public bool Holds(ImageFit fit) => true;
        public Image Read(int index, ImageFit fit) => Read(index);

        public Image Read(int index)
        {
            var pixels = new byte[28 * 28];
            new Random(index).NextBytes(pixels);
            return new(28, 28, 1, pixels);
        }
    }
}
