using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Foresee.Cli;
using Foresee.Images;
using Foresee.Methods;
using Foresee.Reports;
using Foresee.Torch;
using Foresee.Torch.Optimisers;
using Foresee.Training;

namespace Foresee.Benchmarks.Scale;

/// <summary>
/// benchmarks/run scale-rate: how fast one worker of this machine is in the two networks of `scale`: forward and backward of a few images,
/// processor time, since the machine may have other work.
/// </summary>
internal static class OneWorker
{
    public static Command Command(Terminal terminal)
    {
        var images = Dial.Whole("--images", "in a step (default: 2)", least: 2);
        var steps = Dial.Whole("--steps", "measured, after one that warms up (default: 2)", least: 1);
        var run = new RunOptions();
        var command = new Command("scale-rate", "Measures one worker of this machine in the networks of `scale`") { images, steps };
        run.AddTo(command);
        command.SetAction(parsed =>
        {
            var device = run.Start(parsed);
            var precision = Precision.For(device);
            terminal.Line($"{Machine.Read()}; {Engine.Threads} threads, {precision.Name}");
            foreach (var one in PaperCases.All)
                Measure(terminal, one, device, precision.Type, parsed.GetValue(images) ?? 2, parsed.GetValue(steps) ?? 2);
            return ExitCode.Success;
        });
        return command;
    }

    private static void Measure(Terminal terminal, PaperCase one, Device device, DType compute, int images, int steps)
    {
        using var generator = new Generator(0);
        using var method = one.Method.Build(new(one.Input, generator, device, compute, Engine.Threads));
        method.Network.Train();
        using var phase = new PhaseTraining(method.Phases[0], method, new()
        {
            BatchSize = images,
            Budget = new(Epochs: 1),
            Optimiser = new(OptimiserKind.Sgd, 1e-4) { Momentum = 0 },
        }, device, Engine.Threads, BatchShare.Whole);
        var pixels = new byte[images * one.Input.Bytes];
        new Random(0).NextBytes(pixels);
        using var batch = new ImageBatch(pixels, one.Input, [.. Enumerable.Range(0, images)]);
        var (clock, processor) = (new Stopwatch(), TimeSpan.Zero);
        for (var step = 0; step <= steps; step++)
        {
            using var scope = TensorScope.Begin();
            var inputs = method.Prepare(batch, generator);
            var before = Environment.CpuUsage.TotalTime;
            clock.Start();
            phase.Step(inputs, 1e-4, log: false, _ => { });
            clock.Stop();
            if (step == 0) clock.Reset();
            else processor += Environment.CpuUsage.TotalTime - before;
        }
        var operations = one.Work.Operations / one.Work.Images * images * steps;
        terminal.Line(string.Create(CultureInfo.InvariantCulture, $"{one.Work.Name}: {images} images, {steps} steps: ")
            + string.Create(CultureInfo.InvariantCulture, $"{clock.Elapsed.TotalSeconds / steps:0.00} s a step by the clock, ")
            + string.Create(CultureInfo.InvariantCulture, $"{processor.TotalSeconds / steps:0.00} s of processor time, ")
            + string.Create(CultureInfo.InvariantCulture, $"{1e-9 * operations / processor.TotalSeconds:0.0} GFLOP/s a core"));
    }
}
