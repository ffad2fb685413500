using System.Globalization;
using Foresee.Encoders;
using Foresee.Images;
using Foresee.Methods;
using Foresee.Torch;
using Foresee.Torch.Distributed;
using Foresee.Torch.Files;
using Foresee.Torch.Layers;
using Foresee.Torch.Optimisers;
using Foresee.Training;

namespace Foresee.Tests.Training;

/// <summary>A small training of any method, by one process or as one of several; what it measured is left in files.</summary>
internal static class RankTraining
{
    public const int Count = 64, Batch = 16, Side = 16, Steps = 50;

    private static readonly InputFormat input = new(Side, Side, 3) { Mean = [0.5, 0.5, 0.5], Std = [0.25, 0.25, 0.25] };

    /// <summary>As a process: METHOD FOLDER STEPS, ranks from the environment.</summary>
    public static int Run(string[] arguments)
    {
        Engine.Threads = 1;
        var place = RankPlace.Read(Environment.GetEnvironmentVariable);
        using var group = place is null ? null : ProcessGroup.Join(place, TimeSpan.FromSeconds(60));
        try
        {
            Train(arguments[0], arguments[1], new(group), int.Parse(arguments[2], CultureInfo.InvariantCulture));
            group?.Barrier();
            return 0;
        }
        catch (GroupException error)
        {
            Console.Error.WriteLine(error.Message);
            return 3;
        }
    }

    public static string Losses(string folder, int rank) => Path.Combine(folder, $"losses{rank}.txt");

    public static string Gradients(string folder, int rank) => Path.Combine(folder, $"gradients{rank}.safetensors");

    public static string Weights(string folder, int rank) => Path.Combine(folder, $"weights{rank}.safetensors");

    /// <summary>The indices of images that could not be read.</summary>
    public static string Unreadable(string folder, int rank) => Path.Combine(folder, $"unreadable{rank}.txt");

    /// <summary>In a folder that holds this, some of the images can't be read.</summary>
    public const string DamagedFile = "damaged";

    public static readonly int[] Damaged = [3, 17, 40, 41, 60];

    public static MethodOptions For(string name)
    {
        var encoder = ConvEncoderOptions.Small(input, width: 8);
        return MethodOptions.For(name, new("folder", Count, input)) switch
        {
            SimClrOptions simclr => simclr with { Encoder = encoder, HeadWidth = 32, Projection = 16 },
            SimSiamOptions simsiam => simsiam with { Encoder = encoder },
            MoCoV2Options moco => moco with { Encoder = encoder, HeadWidth = 32, Projection = 16, QueueLength = 24, NormGroups = 4 },
            ByolOptions byol => byol with { Encoder = encoder, HeadWidth = 32, Projection = 16 },
            SwavOptions swav => swav with
            {
                Encoder = encoder,
                HeadWidth = 32,
                Projection = 16,
                Prototypes = 12,
                QueueLength = 24,
                QueueFrom = 20,
                FrozenSteps = 10,
            },
            var other => other,
        };
    }

    /// <summary>Small enough that rounding does not grow into another path within 50 steps, large enough that the loss moves.</summary>
    private static double RateOf(string name) => name switch { "moco-v2" => 0.01, "cpc-v2" => 0.004, "simsiam" => 0.002, _ => 0.0002 };

    /// <summary>Gradients of the first batch, then the training up to a step, from the folder's checkpoint where there is one.</summary>
    public static void Train(string name, string folder, BatchShare share, int steps)
    {
        using var generator = new Generator(7);
        using var method = For(name).Build(new(input, generator, Device.Cpu) { Images = Count, Share = share });
        share.Align(method.Network);
        using var loader = new ImageLoader(new Waves(File.Exists(Path.Combine(folder, DamagedFile)) ? Damaged : []), new()
        {
            BatchSize = Batch,
            Seed = 7,
            Input = input,
            Part = share.Rank,
            Parts = share.Ranks,
        });
        Measure(method, loader, folder, share);
        var training = new TrainingOptions
        {
            Budget = new(Images: Steps * Batch),
            BatchSize = Batch,
            Optimiser = new(OptimiserKind.Sgd, RateOf(name)),
            WarmUpSteps = 3,
            MaximumGradientNorm = 5,
            LogEvery = 1,
            Seed = 7,
        };
        using var stop = new CancellationTokenSource();
        using var trainer = new Trainer(method, loader, training, "test", folder, Device.Cpu, threads: 1, share)
        {
            OnStep = step =>
            {
                File.AppendAllText(Losses(folder, share.Rank), step.Loss.ToString("R", CultureInfo.InvariantCulture) + "\n");
                if (step.Step == steps && share.Writes) stop.Cancel(); // one asks, all stop
            },
        };
        // all must find it before one writes
        if (File.Exists(Path.Combine(folder, Checkpoint.FileName))) trainer.Resume();
        trainer.Run(stop.Token);
        Write(Weights(folder, share.Rank), method.Network.State());
        File.WriteAllLines(Unreadable(folder, share.Rank), trainer.Skipped.Select(image => $"{image.Index}"));
    }

    private static void Measure(IMethod method, ImageLoader loader, string folder, BatchShare share)
    {
        using var scope = TensorScope.Begin();
        using var generator = new Generator(5);
        var phase = method.Phases[0];
        using var gradients = new Gradients(phase, method.IndependentImages, Batch / share.Ranks, Device.Cpu, threads: 1,
            group: share.Group);
        var state = method.Network.State().Select(tensor => new NamedTensor(tensor.Name, tensor.Value.Detach().Clone())).ToDictionary(
            tensor => tensor.Name, tensor => tensor.Value);
        using (var batch = loader.Batches().First()) gradients.Compute(method.Prepare(batch, generator), metrics: false);
        Write(Gradients(folder, share.Rank), phase.Parameters.Where(p => p.Value.Grad is not null)
            .Select(p => new NamedTensor(p.Name, p.Value.Grad!)));
        foreach (var parameter in phase.Parameters) parameter.Value.Grad = null;
        method.Network.Load(state); // running statistics have moved
    }

    private static void Write(string path, IEnumerable<NamedTensor> tensors)
    {
        using var scope = TensorScope.Begin();
        Safetensors.Write(path, tensors.Select(tensor => tensor with { Value = tensor.Value.Detach().Contiguous() }));
    }

    /// <summary>Waves of random direction, length and colour.</summary>
    private sealed class Waves(int[] damaged) : IImageSource
    {
        public string Name => "waves";
        public int Count => RankTraining.Count;
        public string Describe(int index) => $"waves[{index}]";
        public string Hash(CancellationToken cancel = default) => $"waves of {Count}";
        public bool Holds(InputFormat fit) => true;
        public Image Read(int index, InputFormat fit) => Read(index);

        public Image Read(int index)
        {
            if (damaged.Contains(index)) throw new UnreadableImageException(Describe(index), "made so");
            var random = new Random(index);
            var pixels = new byte[3 * Side * Side];
            for (var c = 0; c < 3; c++)
            {
                var (x, y, phase) = (random.NextDouble() - 0.5, random.NextDouble() - 0.5, 6 * random.NextDouble());
                for (var p = 0; p < Side * Side; p++)
                    pixels[c * Side * Side + p] = (byte)(128 + 100 * Math.Sin(x * (p % Side) + y * (p / Side) + phase));
            }
            return new(Side, Side, 3, pixels);
        }
    }
}
