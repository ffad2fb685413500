using Foresee.Encoders;
using Foresee.Images;
using Foresee.Methods.Cpc;
using Foresee.Tests.Methods.Cpc;
using Foresee.Torch;
using Foresee.Torch.Files;
using Foresee.Torch.Layers;
using Foresee.Torch.Optimisers;
using Foresee.Training;

namespace Foresee.Tests.Training;

public sealed class CheckpointTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("foresee-checkpoint").FullName;

    [Fact]
    public void A_resumed_run_has_the_losses_of_an_uninterrupted_one()
    {
        var (whole, parts) = (new List<double>(), new List<double>());
        using (var run = new TrainingSetup(Sub("whole"), TrainingSetup.Options(80), s => whole.Add(s.Loss)))
            Assert.True(run.Trainer.Run(default));
        using var stop = new CancellationTokenSource();
        using (var first = new TrainingSetup(Sub("parts"), TrainingSetup.Options(80), s =>
        {
            parts.Add(s.Loss);
            if (s.Step == 9) stop.Cancel(); // in the second epoch: 30 images make 7 batches
        })) Assert.False(first.Trainer.Run(stop.Token));
        using (var second = new TrainingSetup(Sub("parts"), TrainingSetup.Options(80), s => parts.Add(s.Loss)))
        {
            second.Trainer.Resume();
            Assert.Equal(9, second.Trainer.Step);
            Assert.True(second.Trainer.Run(default));
        }
        Assert.Equal(20, whole.Count);
        Assert.Equal(whole, parts); // to the last bit
        Assert.Equal(File.ReadAllBytes(Path.Combine(folder, "whole", EncoderFile.FileName)),
            File.ReadAllBytes(Path.Combine(folder, "parts", EncoderFile.FileName)));
    }

    [Fact]
    public void A_loss_that_is_no_number_stops_the_run_and_keeps_the_last_good_checkpoint()
    {
        var place = Sub("nan");
        using (var good = new TrainingSetup(place, TrainingSetup.Options(8))) good.Trainer.Run(default);
        var kept = File.ReadAllBytes(Path.Combine(place, Checkpoint.FileName));
        // Not resumed: the plan of the checkpoint ends at its own 2 steps, a fresh trainer has 20 ahead.
        using var broken = new TrainingSetup(place, TrainingSetup.Options(80));
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
        using (var run = new TrainingSetup(place, TrainingSetup.Options(8))) run.Trainer.Run(default);
        var kept = File.ReadAllBytes(Path.Combine(place, Checkpoint.FileName));
        var losses = new List<double>();
        using var broken = new TrainingSetup(place,
            TrainingSetup.Options(4000) with
            {
                Optimiser = new(OptimiserKind.AdamW, 1),
                WarmUpSteps = 0,
                CheckpointSeconds = 1e-6,
                LogEvery = 1
            }, step => losses.Add(step.Loss / step.ChanceLevel!.Value));
        var error = Assert.Throws<TrainingException>(() => broken.Trainer.Run(default));
        Assert.Contains("far above chance", error.Message, StringComparison.Ordinal);
        Assert.Contains("learning rate (now 1)", error.Message, StringComparison.Ordinal);
        Assert.InRange(losses.Max(), 0, 3);
        Assert.NotEqual(kept, File.ReadAllBytes(Path.Combine(place, Checkpoint.FileName))); // it had been sound for some steps
        using var last = new TrainingSetup(place,
            TrainingSetup.Options(4000) with { Optimiser = new(OptimiserKind.AdamW, 1), WarmUpSteps = 0 });
        last.Trainer.Resume();
        Assert.InRange(losses[(int)last.Trainer.Step - 1], 0, 1.5);
    }

    [Fact]
    public void A_run_cancelled_with_a_bad_loss_keeps_the_last_good_checkpoint()
    {
        var place = Sub("cancelled");
        using (var run = new TrainingSetup(place, TrainingSetup.Options(8))) run.Trainer.Run(default);
        var kept = File.ReadAllBytes(Path.Combine(place, Checkpoint.FileName));
        using var cancel = new CancellationTokenSource();
        var losses = new List<double>();
        using var broken = new TrainingSetup(place, TrainingSetup.Options(4000) with { WarmUpSteps = 100 }, step =>
        {
            losses.Add(step.Loss / step.ChanceLevel!.Value);
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
        using (var run = new TrainingSetup(place, TrainingSetup.Options(8))) run.Trainer.Run(default);
        using var generator = new Generator(1);
        using var method = new CpcV2(CpcV2Tests.Small, new(CpcV2Tests.Input, generator, Device.Cpu));
        using var loader = new ImageLoader(new NoiseImages(30), new() { BatchSize = 4, Input = new(28, 28, 1) });
        using var other = new Trainer(method, loader, TrainingSetup.Options(8), "other", place, Device.Cpu, threads: 1);
        var error = Assert.Throws<InvalidDataException>(other.Resume);
        Assert.Contains("'test'", error.Message, StringComparison.Ordinal);
        Assert.Contains("'other'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_truncated_checkpoint_is_refused()
    {
        var place = Sub("truncated");
        using (var run = new TrainingSetup(place, TrainingSetup.Options(8))) run.Trainer.Run(default);
        var path = Path.Combine(place, Checkpoint.FileName);
        File.WriteAllBytes(path, File.ReadAllBytes(path)[..1000]);
        using var again = new TrainingSetup(place, TrainingSetup.Options(8));
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
    public void A_checkpoint_with_a_part_missing_or_wrong_is_refused_by_file_value_and_remedy(string name, string? value, string expected,
        string found)
    {
        var place = Sub("broken");
        using (var run = new TrainingSetup(place, TrainingSetup.Options(8))) run.Trainer.Run(default);
        var path = Path.Combine(place, Checkpoint.FileName);
        using (var content = Safetensors.Read(path))
        using (TensorScope.Begin())
        {
            var fields = content.Metadata.Where(field => field.Key != name || value is not null)
                .ToDictionary(field => field.Key, field => field.Key == name ? value! : field.Value);
            var tensors = content.Tensors.Where(tensor => tensor.Key != name || value is not null)
                .Select(tensor => new NamedTensor(tensor.Key, tensor.Key == name ? Tensor.From([1f]).To(tensor.Value.DType) : tensor.Value))
                .ToList();
            Safetensors.Write(path, tensors, fields);
        }
        using var again = new TrainingSetup(place, TrainingSetup.Options(8));
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
        using (var run = new TrainingSetup(place, TrainingSetup.Options(8))) run.Trainer.Run(default);
        using (var encoder = (PatchGridEncoder)EncoderFile.Read(place))
        {
            Assert.Equal((CpcV2Tests.Small.Encoder, CpcV2Tests.Input), (encoder.Options, encoder.Input));
            using var scope = TensorScope.Begin();
            Assert.Equal([5, 64], encoder.Network.Forward(Tensor.Zeros([5, 1, 8, 8])).Shape);
        }
    }

    private string Sub(string name) => Directory.CreateDirectory(Path.Combine(folder, name)).FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);
}
