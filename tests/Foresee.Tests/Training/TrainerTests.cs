using Foresee.Encoders;
using Foresee.Tests.Methods.Cpc;
using Foresee.Torch;
using Foresee.Torch.Optimisers;
using Foresee.Training;

namespace Foresee.Tests.Training;

public sealed class TrainerTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("foresee-trainer").FullName;

    [Fact]
    public void Accumulated_gradients_are_those_of_the_whole_batch()
    {
        double[] Losses(string name, int atOnce)
        {
            var losses = new List<double>();
            using var run = new TrainingSetup(Sub(name), TrainingSetup.Options(64) with { BatchSize = 8, AccumulateImages = atOnce }, s =>
                losses.Add(s.Loss), CpcV2Tests.Small with { CandidateImages = 2 });
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
        using (var run = new TrainingSetup(Sub("plain"), TrainingSetup.Options(40), plain.Add)) run.Trainer.Run(default);
        TrainingSetup? other = null;
        using (other = new TrainingSetup(Sub("looked"), TrainingSetup.Options(40) with { ProbeEvery = 4 }, looked.Add, probe: () =>
        {
            Assert.False(Autograd.Recording);
            using var scope = TensorScope.Begin();
            return new(((PatchGridEncoder)other!.Method.Encoder).Network.Forward(Tensor.Ones([2, 1, 8, 8])).Sum().ToDouble(), 0.5, 0.1);
        })) other.Trainer.Run(default);
        Assert.Equal(plain.Select(record => record.Loss), looked.Select(record => record.Loss)); // to the last bit
        Assert.All(plain, record => Assert.Null(record.Probe));
        Assert.Equal([1, 4, 8, 10], looked.Where(record => record.Probe is not null).Select(record => record.Step)); // also at the last
    }

    [Fact]
    public void The_last_step_is_logged_and_looked_at_whatever_its_number()
    {
        var records = new List<StepRecord>();
        using var run = new TrainingSetup(Sub("last"), TrainingSetup.Options(28) with { LogEvery = 5 }, records.Add, probe: () =>
            new(1, 0.5, 0.1));
        run.Trainer.Run(default);
        Assert.Equal([5, 7], records.Select(record => record.Step));
        Assert.All(records, record => Assert.NotNull(record.Probe));
        Assert.InRange(records[1].ImagesPerSecond * (records[1].Seconds - records[0].Seconds) / (2 * 4), 0.5, 2); // of two steps
    }

    [Fact]
    public void What_is_looked_at_is_the_average_that_becomes_the_encoder()
    {
        TrainingSetup? run = null;
        var seen = new List<float>();
        var options = TrainingSetup.Options(28) with { LogEvery = 7, ProbeEvery = 7, AverageDecay = 0.9999 };
        using (run = new TrainingSetup(Sub("average"), options, _ => { }, probe: () =>
        {
            seen.Add(run!.Method.Encoder.Parameters().First().Value.ToArray<float>()[0]);
            return new(1, null, null);
        })) run.Trainer.Run(default);
        using (var encoder = EncoderFile.Read(Path.Combine(folder, "average")))
            Assert.Equal(encoder.Parameters().First().Value.ToArray<float>()[0], seen[^1]);
    }

    [Fact]
    public void Shares_on_two_threads_leave_the_losses_as_they_are()
    {
        List<double> Run(int threads)
        {
            var losses = new List<double>();
            using var run = new TrainingSetup(Sub($"threads{threads}"), TrainingSetup.Options(40), s => losses.Add(s.Loss),
                CpcV2Tests.Small with { CandidateImages = 2 }, threads: threads);
            run.Trainer.Run(default);
            return losses;
        }
        var (one, two) = (Run(1), Run(2));
        Assert.Equal(10, one.Count);
        for (var i = 0; i < one.Count; i++) Assert.Equal(one[i], two[i], 1e-3); // rounding grows from step to step
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(0.25, 0.25)]
    [InlineData(1, 1)]
    public void The_learning_rate_ends_at_its_final_share(double final, double expected)
    {
        var rates = new List<double>();
        using var run = new TrainingSetup(Sub($"{final}"), TrainingSetup.Options(200) with { FinalRate = final }, s =>
            rates.Add(s.LearningRate / 1e-3));
        run.Trainer.Run(default);
        Assert.Equal(1, rates[5], 1e-2); // the warm-up is over
        Assert.Equal(expected, rates[^1], 1e-2);
        if (final == 1) Assert.All(rates[5..], rate => Assert.Equal(1, rate, 1e-12));
    }

    [Fact]
    public void Faults_of_the_options_are_named_together()
    {
        var error = Assert.Throws<ArgumentException>(() =>
            (TrainingSetup.Options(8) with
            {
                BatchSize = 1,
                Optimiser = new(OptimiserKind.AdamW, double.NaN),
                FinalRate = 2,
                AverageDecay = 1
            }).Validate());
        Assert.Contains("batch", error.Message, StringComparison.Ordinal);
        Assert.Contains("learning rate", error.Message, StringComparison.Ordinal);
        Assert.Contains("final rate", error.Message, StringComparison.Ordinal);
        Assert.Contains("average decay", error.Message, StringComparison.Ordinal);
    }

    private string Sub(string name) => Directory.CreateDirectory(Path.Combine(folder, name)).FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);
}
