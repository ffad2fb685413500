using System.CommandLine;
using Foresee.Methods;
using Foresee.Torch;
using Foresee.Torch.Distributed;

namespace Foresee.Cli;

/// <summary>Several processes of one pretraining, which a launcher has started: torchrun, srun, mpirun, Kubernetes.</summary>
internal static class Ranks
{
    /// <summary>Null for a process by itself.</summary>
    public static RankPlace? Place { get; } = RankPlace.Read(Environment.GetEnvironmentVariable);

    /// <summary>Threads of each process, where there are several on this machine.</summary>
    public static int DefaultThreads => Math.Max(1, RunOptions.DefaultThreads / Math.Max(1, Place?.LocalRanks ?? 1));

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

    /// <summary>Meets the other processes and does this one's part.</summary>
    /// <param name="exchange">As typed; null for all.</param>
    /// <param name="lead">What rank 0 does.</param>
    /// <param name="follow">What the others do.</param>
    /// <returns>The exit code.</returns>
    public static int Together(Terminal terminal, RankPlace place, Device device, string? exchange, double? seconds,
        Func<BatchShare, int> lead, Func<BatchShare, int> follow)
    {
        if (device.Type != DeviceType.Cpu)
            throw new UsageException("Several processes train together on processors so far; leave out --device, or start one process.");
        terminal.Now($"waiting for {place.Ranks} processes at {place.Host}:{place.Port}");
        using var group = ProcessGroup.Join(place, seconds is { } limit ? TimeSpan.FromSeconds(limit) : null);
        var share = new BatchShare(group, exchange is null ? RankExchange.All : Enum.Parse<RankExchange>(exchange, ignoreCase: true));
        try
        {
            return share.Writes ? lead(share) : follow(share);
        }
        catch (Exception error) when (error is not (GroupException or UsageException))
        {
            throw new GroupException($"{group.Name}: {Fault.InWords(error)}", error); // a cluster's log holds the words of all
        }
    }
}
