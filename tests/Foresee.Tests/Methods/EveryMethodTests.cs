using System.Text.Json;
using Foresee.Images;
using Foresee.Methods;
using Foresee.Torch;
using Foresee.Torch.Files;
using Foresee.Training;

namespace Foresee.Tests.Methods;

/// <summary>What holds for each method with steps, in its own settings for a few small images.</summary>
public sealed class EveryMethodTests : IDisposable
{
    private const int Count = 24, Batch = 4, Side = 16;
    private static readonly InputFormat input = new(Side, Side, 3) { Mean = [0.5, 0.5, 0.5], Std = [0.25, 0.25, 0.25] };
    private readonly string folder = Directory.CreateTempSubdirectory("foresee-methods").FullName;

    public static TheoryData<string> Names => [.. MethodOptions.Names.Where(name => !For(name).IsClosedForm)];

    private static MethodOptions For(string name) => MethodOptions.For(name, new("folder", Count, input));

    private static IMethod Build(MethodOptions options, Generator generator) =>
        options.Build(new(input, generator, Device.Cpu, Threads: 2) { Images = Count, Clips = new Noise().Clips });

    [Theory, MemberData(nameof(Names))]
    public void A_resumed_run_is_the_uninterrupted_one_to_the_last_bit(string name)
    {
        const int StopAt = 8; // in the second pass
        var options = For(name);
        var (whole, parts) = (new List<double>(), new List<double>());
        Run(options, "whole", step => whole.Add(step.Loss));
        using var stop = new CancellationTokenSource();
        Run(options, "parts", step =>
        {
            parts.Add(step.Loss);
            if (step.Step == StopAt) stop.Cancel();
        }, stop.Token);
        Assert.Equal(StopAt, parts.Count);
        Run(options, "parts", step => parts.Add(step.Loss), resume: true);
        Assert.Equal(14, whole.Count);
        Assert.Equal(whole, parts);
        using var a = Safetensors.Read(Path.Combine(folder, "whole", Checkpoint.FileName));
        using var b = Safetensors.Read(Path.Combine(folder, "parts", Checkpoint.FileName));
        Assert.Equal(a.Tensors.Keys.Order(), b.Tensors.Keys.Order());
        using var scope = TensorScope.Begin();
        Assert.All(a.Tensors, tensor => Assert.Equal(tensor.Value.ToArray<double>(), b.Tensors[tensor.Key].ToArray<double>()));
    }

    private void Run(MethodOptions options, string place, Action<StepRecord> step, CancellationToken cancel = default, bool resume = false)
    {
        using var generator = new Generator(7);
        using var method = Build(options, generator);
        using var loader = new ImageLoader(new Noise(),
            new() { BatchSize = Batch, Seed = 7, Input = input with { Frames = options.Frames } });
        var training = new TrainingOptions
        {
            Budget = new(Images: 14 * Batch),
            BatchSize = Batch,
            Optimiser = options.Suggested.Optimiser,
            WarmUpSteps = 3,
            LogEvery = 1,
            Seed = 7,
        };
        var to = Directory.CreateDirectory(Path.Combine(folder, place)).FullName;
        using var trainer = new Trainer(method, loader, training, "test", to, Device.Cpu, threads: 2) { OnStep = step };
        if (resume) trainer.Resume();
        trainer.Run(cancel);
    }

    [Theory, MemberData(nameof(Names))]
    public void A_step_leaves_no_tensor_behind_and_no_copy_has_a_gradient(string name)
    {
        using var outer = TensorScope.Begin();
        using var generator = new Generator(5);
        using var method = Build(For(name), generator);
        var phases = method.Phases;
        var frames = For(name).Frames;
        var images = (Tensor.Rand([Batch, frames * 3, Side, Side], generator) * 255).To(DType.UInt8);
        method.BeforeEpoch(new(0, Count, () => Tensor.Rand([Count, method.Encoder.Features], generator)));
        long steps = 0;
        void Step()
        {
            using var scope = TensorScope.Begin();
            using var batch = Batches.Of(images, frames);
            var inputs = method.Prepare(batch, generator);
            foreach (var phase in phases) phase.Loss(inputs).Total.Backward();
            foreach (var tensor in method.Network.Buffers()) Assert.Null(tensor.Value.Grad);
            foreach (var tensor in method.Network.Parameters()) tensor.Value.Grad = null;
            method.AfterStep(++steps, 100);
        }
        Step();
        var before = LivingTensors.Settled();
        for (var i = 0; i < 3; i++) Step();
        Assert.Equal(before, Tensor.Living);
    }

    [Theory, MemberData(nameof(Names))]
    public void Its_settings_survive_a_file_under_its_name(string name)
    {
        var options = For(name);
        var text = JsonSerializer.Serialize(options);
        Assert.Contains($"\"name\":\"{name}\"", text, StringComparison.Ordinal);
        Assert.Equal(text, JsonSerializer.Serialize(JsonSerializer.Deserialize<MethodOptions>(text)));
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private sealed class Noise : IImageSource
    {
        public string Name => "noise";
        public int Count => EveryMethodTests.Count;
        public string Describe(int index) => $"noise[{index}]";
        public string Hash(CancellationToken cancel = default) => $"noise of {Count}";
        public bool Holds(InputFormat fit) => true;
        public IReadOnlyList<int> Clips => [.. Enumerable.Range(0, Count).Select(i => i / 6)];
        public Image Read(int index) => Read(index, input);

        public Image Read(int index, InputFormat fit)
        {
            var pixels = new byte[Side * Side * 3 * fit.Frames];
            new Random(index).NextBytes(pixels);
            return new(Side, Side, 3 * fit.Frames, pixels);
        }
    }
}
