using System.CommandLine;
using System.Diagnostics;
using Foresee.Benchmarks;
using Foresee.Reports;
using Foresee.Torch;
using Spectre.Console;

namespace Foresee.Cli;

/// <summary>foresee bench: Foresee and the same work in PyTorch by turns, and how many times as fast it is.</summary>
internal static class BenchCommand
{
    private const string Everything = "all";

    public static Command Create(Terminal terminal)
    {
        var names = Benchmark.All.Select(benchmark => benchmark.Name).Append(StartupTimes.Name).ToList();
        var name = new Argument<string>("NAME") { Description = $"what to measure: {string.Join(", ", names)}, or all", DefaultValueFactory = _ => Everything };
        var seconds = Dial.Positive("--seconds", "measured time of each NAME, over all sides; starting them comes on top (default: 60)");
        var python = new Option<string>("--python") { Description = "the Python that has PyTorch and torchvision", HelpName = "file", DefaultValueFactory = _ => Peer.DebianPython };
        var work = new Option<string?>("--work") { Hidden = true }; // this process is one side
        var folder = new Option<string?>("--folder") { Hidden = true };
        var options = new RunOptions();
        var command = new Command("bench", "Measures Foresee against the same work in PyTorch, in turns, on this machine") { name, seconds, python, work, folder };
        options.AddTo(command);
        command.Validators.Add(result =>
        {
            if (result.GetValue(name) is { } typed && typed != Everything && !names.Contains(typed))
                result.AddError($"Unknown benchmark '{typed}'{Dial.Suggest(typed, names.Append(Everything))}");
        });
        command.SetAction(parsed =>
        {
            var device = options.Start(parsed);
            var wanted = parsed.GetValue(name)!;
            if (parsed.GetValue(work) is { } side) return Serve(Benchmark.All.First(b => b.Name == wanted), side, parsed.GetValue(folder)!, device);

            using var interruption = new Interruption(terminal);
            var peer = Peer.Find(parsed.GetValue(python)!);
            var threads = parsed.GetValue(options.Threads) ?? RunOptions.DefaultThreads;
            terminal.Line($"{Machine.Read()}; {threads} threads, {Precision.For(device)}; {(peer.Fault is null ? $"the peer: PyTorch {peer.Version}" : "no peer")}");
            if (peer.Fault is null && Peer.Remark is { } remark) terminal.Warn(remark);
            var results = new List<BenchmarkResult>();
            foreach (var benchmark in Benchmark.All.Where(b => wanted is Everything || b.Name == wanted))
            {
                terminal.Line($"{benchmark.Name}: {benchmark.Measures}");
                var sides = benchmark.Sides.Where(s => s.Player == Player.Foresee || peer.Fault is null).ToList();
                var result = Comparison.Run(benchmark, sides, (s, place) => s.Player == Player.Foresee ? Itself(benchmark, s, place, threads) : peer.Start(s, place, threads, Precision.For(device).Type),
                    parsed.GetValue(seconds) ?? 60, line => terminal.Line("  " + line), interruption.Token);
                if (result.NetworkGflops is not null) result = result with { MatrixGflops = 2e-9 * Benchmark.MatrixRate(Precision.For(device).Type) };
                results.Add(result);
                Table(terminal, result);
                if (result is { NetworkGflops: { } own, MatrixGflops: { } matrix })
                    terminal.Line(FormattableString.Invariant($"  the network's own arithmetic: {own:0} GFLOP/s, {100 * own / matrix:0} % of what matrix multiplication alone reaches ({matrix:0})"));
            }
            var startup = wanted is Everything or StartupTimes.Name ? StartupTimes.Measure() : null;
            if (startup is not null) terminal.Line(startup.ToString());
            JsonFile.Write(parsed.GetValue(options.Json), BenchFields.Of(Describe.Typed(parsed), peer.Version, threads, Precision.For(device).Name, results, startup));
            if (peer.Fault is null || results.Count == 0) return ExitCode.Success;
            terminal.Error.WriteLine($"error: {peer.Fault}");
            return ExitCode.Failed;
        });
        return command;
    }

    private static int Serve(Benchmark benchmark, string side, string folder, Device device)
    {
        using var work = benchmark.Sides.First(s => s.Work == side && s.Open is not null).Open!(folder, Precision.For(device).Type);
        Contestant.Serve(work, Console.In, Console.Out);
        return ExitCode.Success;
    }

    private static ProcessStartInfo Itself(Benchmark benchmark, Side side, string folder, int threads) => new(Environment.ProcessPath!,
        [typeof(BenchCommand).Assembly.Location, "bench", benchmark.Name, "--work", side.Work, "--folder", folder, "--threads", $"{threads}"]);

    private static void Table(Terminal terminal, BenchmarkResult result)
    {
        var table = new Table().AddColumns("", "images/s", "images per core second", "peak MiB", "waiting for data");
        foreach (var (side, rate) in result.ImagesPerSecond)
            table.AddRow(side, FormattableString.Invariant($"{rate:0.0}"), FormattableString.Invariant($"{result.ImagesPerCpuSecond[side]:0.0}"), $"{result.PeakMib[side]}",
                result.Waiting.TryGetValue(side, out var waiting) ? FormattableString.Invariant($"{waiting:P1}") : "");
        terminal.Console.Write(table);
        foreach (var (name, ratio) in result.Ratios)
            terminal.Line(FormattableString.Invariant($"  {name}: {ratio.Median:0.00} times as fast ({ratio.Low:0.00} to {ratio.High:0.00}); {result.CpuRatios[name].Median:0.00} times per core second"));
    }
}
