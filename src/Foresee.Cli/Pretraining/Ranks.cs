using System.CommandLine;
using System.Text;
using Foresee.Methods;
using Foresee.Torch;
using Foresee.Torch.Distributed;

namespace Foresee.Cli;

/// <summary>Several processes of one pretraining, which a launcher has started: torchrun, srun, mpirun, Kubernetes.</summary>
internal static class Ranks
{
    /// <summary>Null for a process by itself.</summary>
    public static RankPlace? Place { get; } = RankPlace.Read(Environment.GetEnvironmentVariable);

    public static Option<string?> Exchange()
    {
        string[] names = [.. Enum.GetNames<RankExchange>().Select(name => name.ToLowerInvariant())];
        var option = new Option<string?>("--exchange")
        {
            Description = "what the processes of one run tell each other (docs/distributed.md; default: all)",
            HelpName = string.Join('|', names),
        };
        option.AcceptOnlyFromAmong(names);
        return option;
    }

    public static Option<double?> Timeout() =>
        Dial.Positive("--rank-timeout", "seconds that the processes of one run wait for each other (default: 600)");

    /// <summary>Says that options for several processes change nothing in one.</summary>
    public static void TellAlone(Terminal terminal, string? exchange, double? seconds)
    {
        (string Name, bool Given)[] options = [("--exchange", exchange is not null), ("--rank-timeout", seconds is not null)];
        var names = string.Join(" and ", options.Where(option => option.Given).Select(option => option.Name));
        if (names.Length > 0)
            terminal.Notice($"{names}: of no effect, for this is one process; a launcher starts several (docs/distributed.md)");
    }

    /// <summary>Meets the other processes and does this one's part.</summary>
    /// <param name="exchange">As typed; null for all.</param>
    /// <param name="lead">What rank 0 does, given its share and the threads that are its by default.</param>
    /// <param name="follow">What the others do, likewise.</param>
    /// <returns>The exit code.</returns>
    public static int Together(Terminal terminal, RankPlace place, Device device, string? exchange, double? seconds,
        Func<BatchShare, int, int> lead, Func<BatchShare, int, int> follow)
    {
        if (device.Type != DeviceType.Cpu)
            throw new UsageException("Several processes train together on processors so far; leave out --device, or start one process.");
        terminal.Now($"waiting for {place.Ranks} processes at {place.Host}:{place.Port}");
        using var group = ProcessGroup.Join(place, seconds is { } limit ? TimeSpan.FromSeconds(limit) : null);
        var share = new BatchShare(group, exchange is null ? RankExchange.All : Enum.Parse<RankExchange>(exchange, ignoreCase: true));
        try
        {
            var threads = Math.Max(1, RunOptions.DefaultThreads / OnTheseProcessors(group));
            return share.Writes ? lead(share, threads) : follow(share, threads);
        }
        catch (Exception error) when (error is not (GroupException or UsageException))
        {
            throw new GroupException($"{group.Name}: {Fault.InWords(error)}", error); // a cluster's log holds the words of all
        }
    }

    /// <summary>How many ranks run on the same machine and may use the same processors there; a launcher that binds each to some tells them
    /// apart.</summary>
    private static int OnTheseProcessors(ProcessGroup group)
    {
        const string status = "/proc/self/status";
        var allowed = !File.Exists(status) ? ""
            : File.ReadLines(status).FirstOrDefault(line => line.StartsWith("Cpus_allowed:", StringComparison.Ordinal));
        var all = group.GatherBytes(Encoding.UTF8.GetBytes($"{Environment.MachineName} {allowed}"));
        return all.Count(rank => rank.AsSpan().SequenceEqual(all[group.Rank]));
    }
}
