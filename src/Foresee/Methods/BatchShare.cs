using Foresee.Torch;
using Foresee.Torch.Distributed;
using Foresee.Torch.Layers;

namespace Foresee.Methods;

/// <summary>What processes that train one network tell each other besides their gradients.</summary>
public enum RankExchange
{
    /// <summary>Vectors to compare with, and what batch norms measure: all as in one process that has the whole batch.</summary>
    All,

    /// <summary>Vectors to compare with; a batch norm normalises by the images of its own process.</summary>
    Candidates,

    /// <summary>Nothing: each process compares and normalises its own images alone.</summary>
    Gradients,
}

/// <summary>The part of each batch that this process takes, and what it is told of the rest: rank r of R takes the r-th of R equal parts.
/// </summary>
/// <param name="Group">Null for one process, which takes all.</param>
public sealed record BatchShare(ProcessGroup? Group, RankExchange Exchange = RankExchange.All)
{
    public static BatchShare Whole { get; } = new(Group: null);

    public int Rank => Group?.Rank ?? 0;

    public int Ranks => Group?.Ranks ?? 1;

    /// <summary>Whether this process writes files and shows progress; one does.</summary>
    public bool Writes => Rank == 0;

    /// <summary>For batch norms; null where each process has its own statistics.</summary>
    internal ProcessGroup? Norms => Exchange == RankExchange.All ? Group : null;

    /// <summary>The rows of all ranks, in their order, with gradient.</summary>
    /// <param name="rows">[n, ...] of this rank</param>
    /// <returns>[R·n, ...]</returns>
    internal Tensor Everyone(Tensor rows) => Group?.Gather(rows) ?? rows;

    /// <summary>What rows are compared with: those of all ranks, or of this one.</summary>
    internal Tensor Candidates(Tensor rows) => Compares ? Group!.Gather(rows) : rows;

    /// <summary>The place of this rank's first row among the candidates.</summary>
    /// <param name="rows">Of one rank.</param>
    internal long FirstCandidate(long rows) => Compares ? Rank * rows : 0;

    private bool Compares => Group is not null && Exchange != RankExchange.Gradients;

    /// <summary>This rank's part of what lies there for all.</summary>
    /// <param name="all">[R·n, ...]</param>
    internal Tensor Own(Tensor all) => Group is null ? all : all.Narrow(0, Rank * (all.Size(0) / Ranks), all.Size(0) / Ranks);

    /// <summary>The weights and all other state of rank 0, on all ranks.</summary>
    internal void Align(Module network)
    {
        if (Group is null) return;
        using var scope = TensorScope.Begin();
        using var noGrad = Autograd.NoGrad();
        foreach (var tensor in network.State()) Group.Broadcast(tensor.Value);
    }

    /// <summary>After a step: what each rank's own batch norms have measured becomes the mean over ranks, which stay alike so.</summary>
    internal void Settle(Module network) => Group?.Mean([.. network.OwnStatistics().Select(tensor => tensor.Value)]);

    /// <summary>For the record; null for one process.</summary>
    public string? Describe(MethodOptions method, int batchSize) => Group is null ? null
        : method.IsClosedForm ? $"{Ranks} processes measure together; what each counts is added up"
        : $"{Ranks} processes train together, each on {batchSize / Ranks} of the {batchSize} images of a batch; they exchange gradients"
            + Exchange switch
            {
                RankExchange.All => ", candidates and batch statistics, as if one had the whole batch",
                RankExchange.Candidates => " and candidates, and each normalises by its own images",
                _ => ", and each compares and normalises its own images",
            };

    /// <exception cref="ArgumentException">The batch or the method can't be shared so.</exception>
    public void Check(MethodOptions method, int batchSize)
    {
        if (Group is null || method.IsClosedForm) return;
        if (!method.LearnsInRanks)
            throw new ArgumentException($"{method.Name} learns in one process so far, got {Ranks} ranks; start one, or take cpc-v2, simclr, "
                + "moco-v2, byol, simsiam or swav, or a closed form (kmeans, spectral).");
        if (batchSize % Ranks != 0 || batchSize / Ranks < 2)
            throw new ArgumentException($"A batch of {batchSize} images has no {Ranks} equal parts of 2 or more; start a number of ranks "
                + $"that divides it, at most {batchSize / 2}.");
        method.CheckShare(batchSize / Ranks, batchSize);
    }
}
