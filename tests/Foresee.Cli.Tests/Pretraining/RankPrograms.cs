using System.Diagnostics;

namespace Foresee.Cli.Tests;

/// <summary>The real program, as several processes that a launcher would start.</summary>
internal sealed class RankPrograms : IDisposable
{
    private readonly List<Process> started = [];

    /// <param name="line">What is typed.</param>
    /// <param name="environment">Beside what torchrun sets.</param>
    public RankProgram[] Start(string[] line, params (string Name, string Value)[] environment) =>
        Start(2, _ => line, environment);

    /// <param name="line">What is typed for each rank.</param>
    public RankProgram[] Start(int ranks, Func<int, string[]> line, params (string Name, string Value)[] environment)
    {
        var port = RankProcesses.FreePort();
        return [.. Enumerable.Range(0, ranks).Select(rank =>
        {
            var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "Foresee.Cli.dll"), .. line(rank)])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            };
            foreach (var (name, value) in RankProcesses.Environment(rank, ranks, port)) start.Environment[name] = value;
            foreach (var (name, value) in environment) start.Environment[name] = value;
            var process = Process.Start(start)!;
            started.Add(process);
            return new RankProgram(process);
        })];
    }

    /// <summary>Waits for the end of each, by this exit code.</summary>
    public static void Ended(RankProgram[] ranks, int code)
    {
        foreach (var rank in ranks)
        {
            Assert.True(rank.Process.WaitForExit(TimeSpan.FromMinutes(2)), "a rank did not end");
            Assert.True(rank.Process.ExitCode == code, $"exit code {rank.Process.ExitCode}: {rank.Out}{rank.Error}");
        }
    }

    public void Dispose()
    {
        foreach (var process in started)
        {
            if (!process.HasExited) process.Kill();
            process.Dispose();
        }
    }
}

/// <summary>What it writes is read while it runs, so that it never waits for a reader.</summary>
internal sealed class RankProgram(Process process)
{
    private readonly Task<string> output = process.StandardOutput.ReadToEndAsync(), error = process.StandardError.ReadToEndAsync();

    public Process Process => process;
    public string Out => output.Result;
    public string Error => error.Result;
}
