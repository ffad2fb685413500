namespace Foresee.Studies.FewShot;

/// <summary>What episodes are like: some classes, some labelled images of each, and others to tell apart.</summary>
/// <param name="Ways">Classes of an episode.</param>
/// <param name="Shots">Labelled images of each class, rising; measured by itself each.</param>
public sealed record FewShotPlan(int Ways, IReadOnlyList<int> Shots)
{
    /// <summary>Images of each class that are told apart.</summary>
    public int Queries { get; init; } = 15;

    public int Episodes { get; init; } = 600;
    public int Seed { get; init; }
    public int Threads { get; init; } = 1;

    /// <param name="counts">Images of each class.</param>
    /// <exception cref="ArgumentException">Names the fault.</exception>
    public void Validate(IReadOnlyList<int> counts)
    {
        if (Ways < 2 || Shots.Count == 0 || Shots[0] < 1 || Queries < 1 || Episodes < 1)
            throw new ArgumentException($"Episodes need 2 or more ways, and 1 or more shots, queries and episodes; got {Ways}, "
                + $"{string.Join(",", Shots)}, {Queries} and {Episodes}.");
        var least = Shots[^1] + Queries;
        var enough = counts.Count(count => count >= least);
        if (enough < Ways)
            throw new ArgumentException($"{Ways} classes of {Shots[^1]} labelled and {Queries} other images are needed for an episode; "
                + $"{enough} of {counts.Count} classes have {least} or more. Ask for fewer --ways, --shots or --queries, or add images.");
    }
}
