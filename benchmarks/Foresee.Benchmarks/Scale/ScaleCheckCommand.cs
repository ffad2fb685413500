using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Foresee.Cli;

namespace Foresee.Benchmarks.Scale;

/// <summary>
/// benchmarks/run scale-check: SimCLR in processes of one thread on the loopback, which exchange gradients, beside what the simulation
/// says of them from steps without exchange and from the loopback's own latency and bandwidth. All of it in the same processes, in turns.
/// </summary>
internal static class ScaleCheckCommand
{
    public static Command Command(Terminal terminal)
    {
        var ranks = Dial.Whole("--ranks", "processes (default: 2)", least: 2, most: 16);
        var batch = Dial.Whole("--images", "in a step of each process (default: 16)", least: 2);
        var steps = Dial.Whole("--steps", "measured, of each kind (default: 24)", least: 4);
        var report = new Option<string?>("--report") { Hidden = true }; // this process is a rank
        var json = new RunOptions().Json;
        var command = new Command("scale-check", "Holds the simulation of `scale` against trainings of several processes on this machine")
        {
            ranks, batch, steps, report, json,
        };
        command.SetAction(parsed =>
        {
            var wanted = new ScaleTrial(parsed.GetValue(batch) ?? 16, parsed.GetValue(steps) ?? 24);
            if (parsed.GetValue(report) is { } file) return RankWork.Run(wanted, file);
            var outcome = ScaleOutcome.Of(wanted, Measure(wanted, parsed.GetValue(ranks) ?? 2));
            foreach (var line in outcome.InWords()) terminal.Line(line);
            JsonFile.Write(parsed.GetValue(json), outcome);
            return ExitCode.Success;
        });
        return command;
    }

    private static List<RankReport> Measure(ScaleTrial trial, int ranks)
    {
        var folder = Directory.CreateTempSubdirectory("foresee-scale").FullName;
        var port = FreePort();
        List<Process> processes = [.. Enumerable.Range(0, ranks).Select(rank => Start(trial, rank, ranks, port, Report(rank)))];
        string Report(int rank) => Path.Combine(folder, $"{rank}.json");
        try
        {
            foreach (var process in processes)
            {
                process.WaitForExit();
                if (process.ExitCode != 0)
                    throw new InvalidOperationException($"A rank ended with {process.ExitCode}; its error is above.");
            }
            return [.. Enumerable.Range(0, ranks).Select(Report)
                .Select(file => JsonSerializer.Deserialize<RankReport>(File.ReadAllText(file))!)];
        }
        finally
        {
            foreach (var process in processes)
            {
                if (!process.HasExited) process.Kill();
                process.Dispose();
            }
            Directory.Delete(folder, recursive: true);
        }
    }

    private static Process Start(ScaleTrial trial, int rank, int ranks, int port, string report)
    {
        static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);
        var start = new ProcessStartInfo(Environment.ProcessPath!, [typeof(ScaleCheckCommand).Assembly.Location, "scale-check",
            "--images", Number(trial.Images), "--steps", Number(trial.Steps), "--report", report]);
        foreach (var (name, value) in new[] { ("RANK", rank), ("LOCAL_RANK", rank), ("WORLD_SIZE", ranks), ("LOCAL_WORLD_SIZE", ranks),
            ("MASTER_PORT", port), ("OMP_NUM_THREADS", 1) })
            start.Environment[name] = Number(value);
        start.Environment["MASTER_ADDR"] = "127.0.0.1";
        return Process.Start(start)!;
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}

/// <param name="Images">In a step of each process.</param>
/// <param name="Steps">Of each kind.</param>
internal sealed record ScaleTrial(int Images, int Steps);
