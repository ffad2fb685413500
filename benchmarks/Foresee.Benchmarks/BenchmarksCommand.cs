using System.CommandLine;
using System.CommandLine.Help;
using System.Diagnostics;
using Foresee.Benchmarks.Gpu;
using Foresee.Benchmarks.Scale;
using Foresee.Cli;
using Foresee.Reports;
using Foresee.Torch;
using Spectre.Console;

namespace Foresee.Benchmarks;

/// <summary>benchmarks/run: Foresee and the same work in PyTorch measured alternately, and how many times as fast Foresee is.</summary>
internal sealed class BenchmarksCommand
{
    public const string Program = "benchmarks/run";
    private const string Everything = "all";
    private static readonly string[] names = [.. Benchmark.All.Select(benchmark => benchmark.Name), StartupTimes.Name];

    private readonly Terminal terminal;
    private readonly Argument<string> name = new("NAME")
    {
        Description = $"what to measure: {string.Join(", ", names)}, or all",
        DefaultValueFactory = _ => Everything,
    };
    private readonly Option<double?> seconds =
        Dial.Positive("--seconds", "measured time of each NAME, over all sides; starting them comes on top (default: 60)");
    private readonly Option<string[]> peers = new("--peer")
    {
        Description = "what starts a Python that has PyTorch and torchvision, for instance \"benchmarks/peer/chroot.sh run DIR python3\"; several times for several",
        HelpName = "command",
        DefaultValueFactory = _ => [Baseline.DebianPython],
    };
    private readonly Option<string?> work = new("--work") { Hidden = true }; // this process is one side
    private readonly Option<string?> folder = new("--folder") { Hidden = true };
    private readonly RunOptions options = new();

    private BenchmarksCommand(Terminal terminal) => this.terminal = terminal;

    public static Command Create(Terminal terminal)
    {
        var made = new BenchmarksCommand(terminal);
        var command = new Command(Program, "Measures Foresee against the same work in PyTorch, alternately, on this machine")
        {
            made.name, made.seconds, made.peers, made.work, made.folder,
            CallCost.Command(terminal), PatchAugmentationCost.Command(terminal), LargestEncoder.Command(terminal),
            ServingLoad.Command(terminal), FitChoice.Command(terminal), ScaleCommand.Command(terminal),
            ScaleCheckCommand.Command(terminal), OneWorker.Command(terminal), GpuCommand.Command(terminal),
            new HelpOption(),
        };
        made.options.AddTo(command);
        command.Validators.Add(result =>
        {
            if (result.GetValue(made.name) is { } typed && typed != Everything && !names.Contains(typed))
                result.AddError($"Unknown benchmark '{typed}'{Dial.Suggest(typed, names.Append(Everything))}");
        });
        command.SetAction(made.Run);
        return command;
    }

    private int Run(ParseResult parsed)
    {
        var device = options.Start(parsed);
        terminal.Rest(); // its sides load libtorch, not this process; nothing else is to be said while they are timed
        var wanted = parsed.GetValue(name)!;
        var precision = Precision.For(device);
        if (parsed.GetValue(work) is { } side) return Serve(Find(wanted), side, parsed.GetValue(folder)!, precision.Type);

        using var interruption = new Interruption(terminal);
        List<Baseline> baselines = [.. parsed.GetValue(peers)!.Select(Baseline.Find)];
        List<Baseline> found = [.. baselines.Where(baseline => baseline.Fault is null).DistinctBy(baseline => baseline.Name)];
        var threads = parsed.GetValue(options.Threads) ?? RunOptions.DefaultThreads;
        terminal.Line($"{Machine.Read()}; {threads} threads, {precision}; {(found.Count > 0 ? $"against {Names(found)}" : "no baseline")}");
        foreach (var remark in found.Select(baseline => baseline.Remark).OfType<string>()) terminal.Warn(remark);
        var results = new List<BenchmarkResult>();
        foreach (var benchmark in Benchmark.All.Where(b => wanted is Everything || b.Name == wanted))
        {
            terminal.Line($"{benchmark.Name}: {benchmark.Measures}");
            var result = Compare(benchmark.Against(found), threads, precision.Type, parsed.GetValue(seconds) ?? 60, interruption.Token);
            results.Add(result);
            Table(result);
        }
        var startup = wanted is Everything or StartupTimes.Name ? StartupTimes.Measure() : null;
        if (startup is not null) terminal.Line(startup.ToString());
        JsonFile.Write(parsed.GetValue(options.Json),
            ResultFields.Of(Describe.Typed(parsed), found.Count > 0 ? Names(found) : null, threads, precision.Name, results, startup));
        List<string> faults = [.. baselines.Select(baseline => baseline.Fault).OfType<string>()];
        if (faults.Count == 0 || results.Count == 0) return ExitCode.Success;
        foreach (var fault in faults) terminal.Error.WriteLine($"error: {fault}");
        return ExitCode.Failed;
    }

    private static string Names(IEnumerable<Baseline> baselines) => string.Join(", ", baselines.Select(baseline => baseline.Name));

    private static Benchmark Find(string name) => Benchmark.All.First(benchmark => benchmark.Name == name);

    private BenchmarkResult Compare(Benchmark benchmark, int threads, DType compute, double seconds, CancellationToken cancel)
    {
        IReadOnlyList<SideStart> Starts(Side side, string place) => side.Baseline is null
            ? [new(Benchmark.Foresee, Itself(benchmark, side, place, threads))]
            : side.Baseline.Starts(side, place, threads, compute);
        var result = Comparison.Run(benchmark, benchmark.Sides, Starts, seconds, line => terminal.Line("  " + line), cancel);
        return result.NetworkGflops is null ? result : result with { MatrixGflops = 2e-9 * Benchmark.MatrixRate(compute) };
    }

    private static int Serve(Benchmark benchmark, string side, string folder, DType compute)
    {
        using var work = benchmark.Sides.First(s => s.Work == side && s.Open is not null).Open!(folder, compute);
        BenchmarkProcess.Serve(work, Console.In, Console.Out);
        return ExitCode.Success;
    }

    private static ProcessStartInfo Itself(Benchmark benchmark, Side side, string folder, int threads) => new(Environment.ProcessPath!,
        [typeof(BenchmarksCommand).Assembly.Location, benchmark.Name, "--work", side.Work, "--folder", folder, "--threads", $"{threads}"]);

    private void Table(BenchmarkResult result)
    {
        var table = new Table().AddColumns("", "images/s", "images per core second", "peak MiB", "waiting for data");
        foreach (var (side, rate) in result.ImagesPerSecond)
        {
            var waiting = result.Waiting.TryGetValue(side, out var share) ? FormattableString.Invariant($"{share:P1}") : "";
            table.AddRow(side, FormattableString.Invariant($"{rate:0.0}"),
                FormattableString.Invariant($"{result.ImagesPerCpuSecond[side]:0.0}"),
                $"{result.PeakMib[side]}", waiting);
        }
        terminal.Console.Write(table);
        foreach (var (name, ratio) in result.Ratios)
            terminal.Line(FormattableString.Invariant(
                $"  {name}: {ratio.Median:0.00} times as fast ({ratio.Low:0.00} to {ratio.High:0.00}); {result.CpuRatios[name].Median:0.00} times per core second"));
        if (result is { NetworkGflops: { } own, MatrixGflops: { } matrix })
            terminal.Line(FormattableString.Invariant(
                $"  the network's own arithmetic: {own:0} GFLOP/s, {100 * own / matrix:0} % of what matrix multiplication alone reaches ({matrix:0})"));
    }
}
