using System.Diagnostics;
using System.Text.Json;
using Foresee.Cli;
using Foresee.Encoders;
using Foresee.Images;
using Foresee.Methods;
using Foresee.Torch;
using Foresee.Torch.Distributed;
using Foresee.Torch.Optimisers;
using Foresee.Training;

namespace Foresee.Benchmarks.Scale;

/// <summary>What one rank measured.</summary>
/// <param name="Alone">Seconds of steps without exchange, while the other ranks made such steps, too.</param>
/// <param name="Together">Seconds of steps with exchange.</param>
/// <param name="AloneProcessor">Processor seconds of a step, mean.</param>
/// <param name="TogetherProcessor">The same with exchange.</param>
/// <param name="Sums">Bytes to seconds of a sum over all ranks, median, while nobody computes.</param>
internal sealed record RankReport(double[] Alone, double[] Together, double AloneProcessor, double TogetherProcessor,
    Dictionary<long, double> Sums);

/// <summary>One rank of benchmarks/run scale-check: sums of several sizes, then steps without and with exchange in turns.</summary>
internal static class RankWork
{
    private const int Turn = 4, Repeats = 25; // steps in a row of one kind; sums of one size
    private static readonly long[] sizes = [16, 4096, 1 << 20, 8 << 20];

    public static InputFormat Input { get; } = new(32, 32, 3) { Mean = [0.5, 0.5, 0.5], Std = [0.25, 0.25, 0.25] };

    public static SimClrOptions Method { get; } = new(ConvEncoderOptions.ResNet18(Input, width: 32)) { HeadWidth = 512 };

    public static int Run(ScaleTrial trial, string report)
    {
        Engine.KeepMallocMemory();
        Engine.Threads = 1;
        using var group = ProcessGroup.Join(RankPlace.Read(Environment.GetEnvironmentVariable)
            ?? throw new InvalidOperationException("A rank needs RANK and WORLD_SIZE; benchmarks/run scale-check sets them."));
        var share = new BatchShare(group, RankExchange.Gradients);
        var sums = sizes.ToDictionary(bytes => bytes, bytes => Median(SumTimes(group, bytes)));

        using var generator = new Generator(0);
        using var method = new SimClr(Method, new(Input, generator, Device.Cpu) { Share = share });
        share.Align(method.Network);
        method.Network.Train();
        using var alone = Phase(method, trial.Images, BatchShare.Whole);
        using var together = Phase(method, trial.Images * group.Ranks, share);
        var (times, processor) = ((Alone: new List<double>(), Together: new List<double>()), (Alone: 0.0, Together: 0.0));
        for (var turn = -1; turn * Turn < trial.Steps; turn++) // the first warms up
        {
            var first = Steps(method, alone, trial.Images, group, generator);
            var second = Steps(method, together, trial.Images, group, generator);
            if (turn < 0) continue;
            times.Alone.AddRange(first.Seconds);
            times.Together.AddRange(second.Seconds);
            processor = (processor.Alone + first.Processor, processor.Together + second.Processor);
        }
        File.WriteAllText(report, JsonSerializer.Serialize(new RankReport([.. times.Alone], [.. times.Together],
            processor.Alone / times.Alone.Count, processor.Together / times.Together.Count, sums)));
        group.Barrier();
        return ExitCode.Success;
    }

    private static PhaseTraining Phase(IMethod method, int batchSize, BatchShare share) => new(method.Phases[0], method,
        new() { BatchSize = batchSize, Budget = new(Epochs: 1), Optimiser = new(OptimiserKind.Sgd, 1e-3) }, Device.Cpu, threads: 1, share);

    private static (double[] Seconds, double Processor) Steps(SimClr method, PhaseTraining phase, int images, ProcessGroup group,
        Generator generator)
    {
        var (seconds, pixels) = (new double[Turn], new byte[images * Input.Bytes]);
        new Random(group.Rank).NextBytes(pixels);
        using var batch = new ImageBatch(pixels, Input, [.. Enumerable.Range(0, images)]);
        group.Barrier();
        var processor = Environment.CpuUsage.TotalTime;
        for (var i = 0; i < Turn; i++)
        {
            var clock = Stopwatch.StartNew();
            using (TensorScope.Begin()) phase.Step(method.Prepare(batch, generator), 1e-3, log: false, _ => { });
            seconds[i] = clock.Elapsed.TotalSeconds;
        }
        return (seconds, (Environment.CpuUsage.TotalTime - processor).TotalSeconds);
    }

    private static IEnumerable<double> SumTimes(ProcessGroup group, long bytes)
    {
        using var scope = TensorScope.Begin();
        var numbers = Tensor.Ones([bytes / sizeof(float)]);
        for (var i = 0; i < Repeats; i++)
        {
            group.Barrier();
            var clock = Stopwatch.StartNew();
            group.Sum(numbers);
            yield return clock.Elapsed.TotalSeconds;
        }
    }

    private static double Median(IEnumerable<double> times)
    {
        double[] sorted = [.. times.Order()];
        return sorted[sorted.Length / 2];
    }
}
