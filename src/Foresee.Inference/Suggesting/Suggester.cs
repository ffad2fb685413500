using Foresee.Images;

namespace Foresee.Inference.Suggesting;

/// <summary>What to choose from, and how.</summary>
/// <param name="Rows">Features of all images, labelled or not, as the encoder gives them.</param>
/// <param name="Labelled">Rows that have a label; never chosen.</param>
/// <param name="Count">1 or more.</param>
public sealed record SuggestionTask(FeatureRows Rows, IReadOnlyList<int> Labelled, int Count)
{
    /// <summary>Null without a classifier; needed by <see cref="SuggestionRule.Margin"/>.</summary>
    public ClassProbabilities? Probabilities { get; init; }

    /// <summary>Null: by <see cref="Suggester.Suited"/>.</summary>
    public SuggestionRule? Rule { get; init; }

    /// <summary>The same seed and images give the same suggestions.</summary>
    public int Seed { get; init; }

    public int Threads { get; init; } = Environment.ProcessorCount;
}

/// <summary>Which images to label next: coverage first, uncertainty later, no near-duplicates.</summary>
public static class Suggester
{
    /// <summary>From so many labels per class on, what a classifier is unsure of tells more than what is typical.</summary>
    public const int LabelsForMargin = 10;

    /// <param name="labels">In all.</param>
    /// <param name="classes">Of the classifier; 0 without one.</param>
    public static SuggestionRule Suited(int labels, int classes) =>
        classes > 1 && labels >= LabelsForMargin * classes ? SuggestionRule.Margin : SuggestionRule.Coverage;

    /// <returns>The first to label first; fewer than asked for where all others are near-duplicates.</returns>
    /// <exception cref="ArgumentException">The task contradicts itself.</exception>
    public static IReadOnlyList<Suggestion> Choose(SuggestionTask task, CancellationToken cancel = default)
    {
        Check(task);
        var rows = ComparableRows.Of(task.Rows, task.Threads, cancel);
        var (chosen, seed) = (new Chosen(rows, task.Labelled), (ulong)task.Seed);
        var rule = task.Rule ?? Suited(task.Labelled.Count, task.Probabilities?.Classes.Count ?? 0);
        Suggestion[] suggestions = [.. rule switch
        {
            SuggestionRule.Coverage => Coverage.Choose(rows, chosen, task.Count, seed, task.Threads, cancel),
            SuggestionRule.CoreSet => CoreSet.Choose(rows, chosen, task.Count, seed, task.Threads, cancel),
            SuggestionRule.Margin => Margin.Choose(rows, task.Probabilities!, chosen, task.Count, seed, task.Threads, cancel),
            _ => ByChance(chosen, task.Count, seed),
        }];
        if (task.Labelled.Count == 0 || suggestions.Length == 0) return suggestions;
        int[] places = [.. suggestions.Select(suggestion => suggestion.Row)];
        var (nearest, squared) = NearestRow.Of(rows.Select(places), rows.Select(task.Labelled), task.Threads, cancel);
        return [.. suggestions.Select((suggestion, i) => suggestion with
        {
            Nearest = task.Labelled[nearest[i]],
            Similarity = 1 - squared[i] / 2, // both of length 1
        })];
    }

    private static IEnumerable<Suggestion> ByChance(Chosen chosen, int count, ulong seed)
    {
        var open = chosen.Open();
        new SeededOrder(seed).Shuffle(open);
        return open.Take(count).Select(row => new Suggestion(row, SuggestionRule.Random, 0, "by chance"));
    }

    private static void Check(SuggestionTask task)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(task.Count, 1);
        if (task.Labelled.FirstOrDefault(row => row < 0 || row >= task.Rows.Count) is var strange && strange != 0)
            throw new ArgumentException($"Labelled rows lie between 0 and {task.Rows.Count - 1}, got {strange}.", nameof(task));
        if (task.Probabilities is { } p && p.Values.Length != task.Rows.Count * p.Classes.Count)
            throw new ArgumentException($"{task.Rows.Count} rows need {task.Rows.Count * p.Classes.Count} probabilities of "
                + $"{p.Classes.Count} classes, got {p.Values.Length}.", nameof(task));
        if (task.Rule == SuggestionRule.Margin && task.Probabilities is null)
            throw new ArgumentException("Margins need a classifier's probabilities, got none; choose by coverage.", nameof(task));
    }
}
