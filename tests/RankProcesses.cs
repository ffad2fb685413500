using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Foresee;

/// <summary>Starts this test program several times, as ranks that meet on the loopback.</summary>
internal static class RankProcesses
{
    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    /// <summary>What torchrun would set.</summary>
    public static Dictionary<string, string> Environment(int rank, int ranks, int port)
    {
        string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
        return new()
        {
            ["RANK"] = Text(rank),
            ["WORLD_SIZE"] = Text(ranks),
            ["LOCAL_RANK"] = Text(rank),
            ["LOCAL_WORLD_SIZE"] = Text(ranks),
            ["MASTER_ADDR"] = "127.0.0.1",
            ["MASTER_PORT"] = Text(port),
            ["OMP_NUM_THREADS"] = "1",
        };
    }

    public static Process Start(int rank, int ranks, int port, params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardError = true, RedirectStandardOutput = true };
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        foreach (var (name, value) in Environment(rank, ranks, port)) start.Environment[name] = value;
        return Process.Start(start)!;
    }

    /// <summary>All ranks of this program's case until they end; fails where one does not within a minute.</summary>
    /// <returns>Of each rank its exit code and what it wrote.</returns>
    public static (int Code, string Text)[] Run(int ranks, params string[] arguments)
    {
        var port = FreePort();
        var program = typeof(RankProcesses).Assembly.Location;
        var processes = Enumerable.Range(0, ranks).Select(rank => Start(rank, ranks, port, [program, .. arguments])).ToArray();
        var texts = processes.Select(process => (Errors: process.StandardError.ReadToEndAsync(),
            Output: process.StandardOutput.ReadToEndAsync())).ToArray();
        try
        {
            foreach (var process in processes)
                Assert.True(process.WaitForExit(TimeSpan.FromMinutes(2)), "a rank did not end within two minutes");
            return [.. processes.Zip(texts, (process, text) => (process.ExitCode, text.Output.Result + text.Errors.Result))];
        }
        finally
        {
            foreach (var process in processes)
            {
                if (!process.HasExited) process.Kill();
                process.Dispose();
            }
        }
    }

    /// <summary>As <see cref="Run"/>, where all must succeed.</summary>
    public static void RunAll(int ranks, params string[] arguments) =>
        Assert.All(Run(ranks, arguments), outcome => Assert.True(outcome.Code == 0, outcome.Text));
}
