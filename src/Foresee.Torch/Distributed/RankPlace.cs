using System.Globalization;
using System.Text.RegularExpressions;

namespace Foresee.Torch.Distributed;

/// <summary>This process among those that compute together, as its launcher tells by the environment.</summary>
/// <param name="Rank">0 to Ranks - 1.</param>
/// <param name="LocalRank">Among those of this machine.</param>
/// <param name="LocalRanks">Of this machine; 0 where the launcher does not say.</param>
/// <param name="Host">Where rank 0 is; the ranks meet there.</param>
/// <param name="Launcher">For messages.</param>
public sealed partial record RankPlace(int Rank, int Ranks, int LocalRank, int LocalRanks, string Host, int Port, string Launcher)
{
    /// <summary>torchrun's own default.</summary>
    public const int DefaultPort = 29500;

    private const string HostVariable = "MASTER_ADDR", PortVariable = "MASTER_PORT";

    /// <summary>What the ranks write where they meet begins with this: a restarted attempt must not read an earlier one's.</summary>
    public string Prefix { get; init; } = "foresee";

    /// <summary>How often the launcher has started all of them anew.</summary>
    public int Restarts { get; init; }

    /// <summary>Those of the environment without which this would be a process by itself.</summary>
    public IReadOnlyList<string> Variables { get; init; } = [];

    /// <summary>Whether this process holds the store where all meet, as rank 0 does unless the launcher holds it.</summary>
    public bool Serves { get; init; } = Rank == 0;

    /// <summary>Whether all ranks are on this machine.</summary>
    public bool IsOneMachine => LocalRanks == Ranks;

    /// <summary>
    /// torchrun's variables (also set by Kubernetes' PyTorchJob), else those of Slurm's srun, Open MPI, and MPICH or Intel's MPI.
    /// </summary>
    /// <param name="variable">Of the environment; null where it is not set.</param>
    /// <returns>Null for a process by itself.</returns>
    /// <exception cref="GroupException">A variable is missing or no number.</exception>
    public static RankPlace? Read(Func<string, string?> variable)
    {
        var environment = new Settings(variable);
        string[][] launchers = [
            ["RANK", "WORLD_SIZE"],
            ["SLURM_PROCID", "SLURM_STEP_NUM_TASKS"], // SLURM_NTASKS is there inside sbatch, too, where only srun starts that many
            ["OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE"],
            ["PMI_RANK", "PMI_SIZE"],
        ];
        if (launchers.FirstOrDefault(environment.Has) is not [var rank, var size] both) return null;
        var place = rank switch
        {
            "RANK" => Torchrun(environment),
            "SLURM_PROCID" => Slurm(environment),
            "PMI_RANK" => Mpi(environment, "MPI", rank, size, "MPI_LOCALRANKID", "MPI_LOCALNRANKS"),
            _ => Mpi(environment, "Open MPI", rank, size, "OMPI_COMM_WORLD_LOCAL_RANK", "OMPI_COMM_WORLD_LOCAL_SIZE"),
        };
        place = place with { Variables = both };
        if (place.Ranks == 1) return null;
        if (place.Rank < 0 || place.Rank >= place.Ranks)
            throw new GroupException($"{place.Launcher} says rank {place.Rank} of {place.Ranks}; ranks go from 0 to {place.Ranks - 1}.");
        if (place.Port is < 1 or > ushort.MaxValue)
            throw new GroupException($"The environment has {PortVariable}={place.Port}, and a port from 1 to {ushort.MaxValue} belongs there, "
                + "the same on all ranks.");
        return place;
    }

    private static RankPlace Torchrun(Settings of)
    {
        var (ranks, restarts) = (of.Number("WORLD_SIZE"), of.Number("TORCHELASTIC_RESTART_COUNT", 0));
        var host = of[HostVariable] ?? throw of.Missing(HostVariable, "RANK and WORLD_SIZE are set", "the host of rank 0");
        var place = new RankPlace(of.Number("RANK"), ranks, of.Number("LOCAL_RANK", 0), of.Number("LOCAL_WORLD_SIZE", 0), host,
            of.Number(PortVariable, DefaultPort), "the launcher (RANK)")
        {
            Restarts = restarts,
            Prefix = $"foresee/{restarts}",
        };
        // torchrun's agent then holds the store on that port, for all of its attempts
        return of["TORCHELASTIC_USE_AGENT_STORE"] == "True" ? place with { Serves = false } : place;
    }

    private static RankPlace Slurm(Settings of)
    {
        var nodes = of["SLURM_STEP_NODELIST"] ?? of["SLURM_JOB_NODELIST"] ?? "";
        var host = of[HostVariable] ?? FirstHost(nodes)
            ?? throw of.Missing("SLURM_STEP_NODELIST", "srun started this", "or set MASTER_ADDR, the host of rank 0");
        var restarts = of.Number("SLURM_RESTART_COUNT", 0);
        var ranks = of.Number("SLURM_STEP_NUM_TASKS");
        return new(of.Number("SLURM_PROCID"), ranks, of.Number("SLURM_LOCALID", 0), of.Number("SLURM_STEP_NUM_NODES", 0) == 1 ? ranks : 0,
            host, of.Number(PortVariable, PortOf(of["SLURM_JOB_ID"])), "Slurm")
        { Restarts = restarts };
    }

    private static RankPlace Mpi(Settings of, string launcher, string rank, string size, string localRank, string localSize)
    {
        var (ranks, local) = (of.Number(size), of.Number(localSize, 0));
        var host = of[HostVariable] ?? (local == ranks ? "127.0.0.1"
            : throw of.Missing(HostVariable, $"{launcher} started {ranks} processes on several machines", "the host of rank 0"));
        return new(of.Number(rank), ranks, of.Number(localRank, 0), local, host, of.Number(PortVariable, DefaultPort), launcher);
    }

    /// <summary>Jobs on one machine must not meet each other: 15000 and the last four digits of the job's number.</summary>
    private static int PortOf(string? job) =>
        job is not null && int.TryParse(job.Length > 4 ? job[^4..] : job, NumberStyles.None, CultureInfo.InvariantCulture, out var digits)
            ? 15000 + digits : DefaultPort;

    /// <summary>"node[03-05,9],other" begins with node03.</summary>
    internal static string? FirstHost(string nodes)
    {
        var match = HostList().Match(nodes.Trim());
        return match.Success ? match.Groups["name"].Value + match.Groups["number"].Value + match.Groups["rest"].Value : null;
    }

    [GeneratedRegex(@"^(?<name>[^,\[]+)(?:\[(?<number>\d+)[^\]]*\](?<rest>[^,\[]*))?")]
    private static partial Regex HostList();

    private sealed class Settings(Func<string, string?> variable)
    {
        public string? this[string name] => variable(name) is { Length: > 0 } value ? value : null;

        public bool Has(params string[] names) => names.All(name => this[name] is not null);

        public int Number(string name, int? otherwise = null)
        {
            if (this[name] is not { } text)
                return otherwise ?? throw Missing(name, "the others of its launcher are set", "a whole number");
            return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number
                : throw new GroupException($"The environment has {name}={text}, and a whole number of 0 or more belongs there; unset it to "
                    + "start one process.");
        }

        public GroupException Missing(string name, string because, string what) =>
            new($"The environment lacks {name}, though {because}; set it ({what}), or unset those to start one process.");
    }
}
