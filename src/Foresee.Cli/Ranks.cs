using System.CommandLine;
using System.Runtime.ExceptionServices;
using System.Text;
using System.Text.Json;
using Foresee.Methods;
using Foresee.Torch;
using Foresee.Torch.Distributed;

namespace Foresee.Cli;

/// <summary>Several processes of one work, which a launcher has started: torchrun, srun, mpirun, Kubernetes.</summary>
internal static class Ranks
{
    /// <summary>The commands that several processes share.</summary>
    private static readonly string[] sharing = ["pretrain", "evaluate", "compare", "embed"];

    /// <summary>Those that only read, in as many processes as one likes.</summary>
    private static readonly string[] reading = ["", "doctor", "inspect", "completion", "data", "data list", "start", "start list"];

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

    /// <summary>Meets the other processes and trains with them.</summary>
    /// <param name="exchange">As typed; null for all.</param>
    /// <param name="lead">What rank 0 does, given its share and the threads that are its by default.</param>
    /// <param name="follow">What the others do, likewise.</param>
    /// <returns>The exit code.</returns>
    public static int Train(Terminal terminal, RankPlace place, Device device, string? exchange, double? seconds,
        Func<BatchShare, int, int> lead, Func<BatchShare, int, int> follow) =>
        Meet(terminal, place, device, seconds, (group, threads) =>
        {
            var share = new BatchShare(group, exchange is null ? RankExchange.All : Enum.Parse<RankExchange>(exchange, ignoreCase: true));
            return share.Writes ? lead(share, threads) : follow(share, threads);
        });

    /// <summary>What one of several processes does.</summary>
    /// <param name="terminal">Where rank 0 shows what is done; the others say nothing but what went wrong.</param>
    /// <param name="threads">Where the command names none.</param>
    /// <returns>The exit code.</returns>
    public delegate int Work(Terminal terminal, ProcessGroup group, Device device, int threads);

    /// <summary>Meets the other processes and does the same as they.</summary>
    public static int Together(Terminal terminal, RankPlace place, Device device, double? seconds, Work work) =>
        Meet(terminal, place, device, seconds, (group, threads) =>
        {
            if (group.Rank == 0) return work(terminal, group, device, threads);
            terminal.Rest();
            return work(new(TextWriter.Null, TextWriter.Null, live: false), group, device, threads);
        });

    private static int Meet(Terminal terminal, RankPlace place, Device device, double? seconds, Func<ProcessGroup, int, int> work)
    {
        if (device.Type != DeviceType.Cpu)
            throw new UsageException("Several processes work together on processors so far; leave out --device, or start one process.");
        terminal.Now($"waiting for {place.Ranks} processes at {place.Host}:{place.Port}");
        using var group = ProcessGroup.Join(place, seconds is { } limit ? TimeSpan.FromSeconds(limit) : null);
        try
        {
            return work(group, Math.Max(1, RunOptions.DefaultThreads / OnTheseProcessors(group)));
        }
        catch (Exception error) when (error is not (GroupException or UsageException))
        {
            throw new GroupException($"{group.Name}: {Fault.InWords(error)}", error); // a cluster's log holds the words of all
        }
    }

    /// <summary>Before several processes share a work: that each can begin it, on the same things.</summary>
    /// <param name="what">They are, in the plural.</param>
    /// <param name="things">Of this rank; what prevents it ends all.</param>
    /// <exception cref="GroupException">Another rank can't begin, or has other things.</exception>
    public static void ExpectSame(ProcessGroup group, string what, Func<IEnumerable<string>> things)
    {
        Exception? fault = null;
        byte[] known = [];
        try
        {
            known = JsonSerializer.SerializeToUtf8Bytes(things());
        }
        catch (Exception error)
        {
            fault = error;
        }
        var words = group.GatherBytes(Encoding.UTF8.GetBytes(fault is null ? "" : Fault.InWords(fault)));
        if (fault is not null) ExceptionDispatchInfo.Throw(fault);
        if (Array.FindIndex(words, told => told.Length > 0) is var rank && rank >= 0)
            throw new GroupException($"{group.Name} stops, for rank {rank} can't begin: {Encoding.UTF8.GetString(words[rank])}");
        group.ExpectSame(what, known);
    }

    /// <param name="command">Its words.</param>
    /// <exception cref="UsageException">A launcher has started several processes of a command that is no work for them.</exception>
    public static void Check(IReadOnlyList<string> command)
    {
        var name = string.Join(' ', command);
        if (!sharing.Contains(name) && !reading.Contains(name) && Place is { } place) throw Alone(name, place);
    }

    /// <summary>Of what is no work for several processes: each would do all of it, and write the same files.</summary>
    public static UsageException Alone(string name, RankPlace place) => new(
        $"{name} works in one process, and this is rank {place.Rank} of {place.Ranks}, which would all write the same files. Start it "
            + $"without the launcher, or unset {string.Join(" and ", place.Variables)} before it. Several processes share "
            + $"{string.Join(", ", sharing.SkipLast(1))} and {sharing[^1]}.");

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
