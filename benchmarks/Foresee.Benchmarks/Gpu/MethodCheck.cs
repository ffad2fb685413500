using Foresee.Images;
using Foresee.Methods;
using Foresee.Torch;
using Foresee.Training;

namespace Foresee.Benchmarks.Gpu;

/// <summary>A short training on a device beside the same on the processor, f32, from the same weights, views and order.</summary>
/// <param name="Difference">The largest of a step's losses, as a share of the loss; NaN where it failed.</param>
/// <param name="Fault">Why it failed; null where it did not.</param>
internal sealed record MethodCheck(string Method, double Difference, string? Fault)
{
    /// <summary>Rounding grows with each step, as it does between two processors.</summary>
    public const double Tolerance = 1e-3;

    private const int Images = 24, Batch = 8, Side = 16, Steps = 4; // into a second pass
    private static readonly InputFormat input = new(Side, Side, 3) { Mean = [0.5, 0.5, 0.5], Std = [0.25, 0.25, 0.25] };

    /// <summary>Those that train on still images.</summary>
    public static IEnumerable<string> Methods =>
        MethodOptions.Names.Where(name => !MethodOptions.IsOfClips(name) && !For(name).IsClosedForm);

    public bool Passed => Difference <= Tolerance;

    private static MethodOptions For(string name) => MethodOptions.For(name, new("folder", Images, input));

    public static MethodCheck Of(string method, Device device)
    {
        try
        {
            var (processor, other) = (Losses(method, Device.Cpu), Losses(method, device));
            return new(method, processor.Zip(other, (a, b) => Math.Abs(a - b) / Math.Max(1, Math.Abs(a))).Max(), Fault: null);
        }
        catch (Exception error) when (error is TorchException or ArgumentException or TrainingException)
        {
            return new(method, double.NaN, Cli.Fault.InWords(error));
        }
    }

    /// <param name="logEvery">Steps; a logged one reads more from the device.</param>
    internal static List<double> Losses(string name, Device device, int steps = Steps, int logEvery = 1)
    {
        var folder = Directory.CreateTempSubdirectory("foresee-device").FullName;
        try
        {
            using var generator = new Generator(7);
            var options = For(name);
            var context = new MethodContext(input, generator, device, new Arithmetic(DType.Float32, Plain: true)) { Images = Images };
            using var method = options.Build(context);
            using var loader = new ImageLoader(MadeImages.Draw(Images, Side, Side, 3),
                new() { BatchSize = Batch, Seed = 7, Input = input });
            var training = new TrainingOptions
            {
                Budget = new(Images: steps * Batch),
                BatchSize = Batch,
                Optimiser = options.Suggested.Optimiser with { LearningRate = options.Suggested.Optimiser.LearningRate / 10 },
                LogEvery = logEvery,
                ProbeEvery = logEvery,
                Seed = 7,
            };
            var losses = new List<double>();
            using var trainer = new Trainer(method, loader, training, "check", folder, device, threads: 1)
            {
                OnStep = step => losses.Add(step.Loss),
            };
            trainer.Run(CancellationToken.None);
            return losses;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
