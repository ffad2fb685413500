namespace Foresee.Images;

/// <summary>Files or folders that a source does not hold although they lie there, counted by what they have in common.</summary>
/// <param name="Reason">In the plural: "no images by their ending".</param>
/// <param name="Ending">".txt"; empty where it does not matter.</param>
/// <param name="Example">The first, in the order of the names.</param>
public sealed record PassedOver(string Reason, string Ending, int Count, string Example)
{
    /// <summary>One line for people.</summary>
    public override string ToString() =>
        $"{Count} {(Ending.Length > 0 ? Ending + " " : "")}({Reason}; {(Count == 1 ? "" : "first ")}{Example})";
}

/// <summary>Counts what is passed over while a source is opened.</summary>
internal sealed class PassedOverCounts
{
    private readonly Dictionary<(string Reason, string Ending), PassedOver> counts = [];

    public IReadOnlyList<PassedOver> All => [.. counts.Values.OrderBy(item => item.Reason, StringComparer.Ordinal)
        .ThenBy(item => item.Ending, StringComparer.Ordinal)];

    public void Add(string reason, string ending, string example)
    {
        var known = counts.GetValueOrDefault((reason, ending)) ?? new(reason, ending, 0, example);
        counts[(reason, ending)] = known with
        {
            Count = known.Count + 1,
            Example = string.CompareOrdinal(example, known.Example) < 0 ? example : known.Example,
        };
    }
}
