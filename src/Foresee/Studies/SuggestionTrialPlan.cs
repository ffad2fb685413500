using Foresee.Evaluation;
using Foresee.Inference.Suggesting;

namespace Foresee.Studies;

/// <summary>What a trial of suggestions measures.</summary>
/// <param name="Counts">Labels in all, rising; accuracy is measured at each.</param>
/// <param name="Rules">Each on every draw; null: the rule that <see cref="Suggester"/> takes by itself.</param>
public sealed record SuggestionTrialPlan(IReadOnlyList<int> Counts, IReadOnlyList<SuggestionRule?> Rules)
{
    public const int MostPooled = 20_000;

    /// <summary>Draws of a pool: the same for all rules.</summary>
    public int Draws { get; init; } = 10;

    public int Seed { get; init; }

    /// <summary>Images that a draw takes by chance from the training images, to choose from; at most all.</summary>
    public int Pool { get; init; } = MostPooled;

    /// <summary>Labels that are asked for at once, before a new classifier is fitted; null: the first of the counts.</summary>
    public int? Round { get; init; }

    public GridPooling Pooling { get; init; } = GridPooling.One;
    public int Threads { get; init; } = 1;

    /// <summary>How a rule is called in results.</summary>
    public static string NameOf(SuggestionRule? rule) => rule switch
    {
        null => "suggested",
        SuggestionRule.CoreSet => "core-set",
        _ => rule.Value.ToString().ToLowerInvariant(),
    };

    /// <param name="images">For training.</param>
    /// <exception cref="ArgumentException">Names the fault.</exception>
    public void Validate(int images)
    {
        if (Counts.Count == 0 || Counts[0] < 1 || Counts.Zip(Counts.Skip(1)).Any(pair => pair.First >= pair.Second))
            throw new ArgumentException($"A trial needs rising numbers of labels above 0, got {string.Join(", ", Counts)}.");
        if (Math.Min(Pool, images) <= Counts[^1])
            throw new ArgumentException($"{Counts[^1]} labels can't be chosen from {Math.Min(Pool, images)} images; ask for fewer, "
                + "or take a larger pool.");
        if (Draws < 1 || Round < 1) throw new ArgumentException($"Draws and rounds must be 1 or more, got {Draws} and {Round}.");
    }
}
