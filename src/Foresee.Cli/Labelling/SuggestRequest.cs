using Foresee.Evaluation;
using Foresee.Inference.Suggesting;

namespace Foresee.Cli;

/// <summary>What suggest was asked.</summary>
/// <param name="Encoder">A run, a start or a file of weights.</param>
/// <param name="Pool">Images to choose from.</param>
/// <param name="Counts">One, but of a trial.</param>
internal sealed record SuggestRequest(string Encoder, string Pool, int[] Counts)
{
    public string? Labelled { get; init; }
    public FileInfo? Output { get; init; }

    /// <summary>None: chosen by the number of labels.</summary>
    public IReadOnlyList<SuggestionRule?> Rules { get; init; } = [];

    public int Seed { get; init; }
    public GridPooling Pooling { get; init; } = GridPooling.One;
    public int Threads { get; init; } = 1;
    public FileInfo? Json { get; init; }

    /// <exception cref="UsageException">It is asked for what only a trial has, or what is named is not there.</exception>
    public void Check()
    {
        if (Counts.Length > 1) throw new UsageException($"--count takes one number without --trial, got {string.Join(",", Counts)}.");
        if (Rules.Count > 1) throw new UsageException("--by takes one rule without --trial.");
        if (Rules is [SuggestionRule.Margin] && Labelled is null && !SuggestionSource.IsModel(Encoder))
            throw new UsageException("--by margin asks for what a classifier is unsure of, and there is none: name labelled images with --labelled.");
        Named.Images(Pool, Labelled);
    }
}

/// <summary>A trial of suggestions on images whose labels are known.</summary>
internal sealed record SuggestTrialRequest(SuggestRequest Suggest, string? Test, bool Validation, int Draws, int Pool, int? Round)
{
    /// <exception cref="UsageException">Options exclude each other, or what is named is not there.</exception>
    public void Check()
    {
        if (Suggest.Labelled is not null)
            throw new UsageException("--labelled names images that have a label; in a trial all of POOL have one, so leave it out.");
        if (SuggestionSource.IsModel(Suggest.Encoder))
            throw new UsageException($"{Suggest.Encoder} is a fitted model, which has learnt from labels already; a trial begins without any: "
                + "name a run, a start or a file of weights.");
        Data.Check();
        Named.Images(Suggest.Pool, Test);
    }

    public LabelledRequest Data => new(Suggest.Pool, Test, Validation, [Labels.LabelAmount.All], Draws);
}
