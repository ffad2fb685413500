using Foresee.Evaluation;
using Foresee.Studies.FewShot;

namespace Foresee.Cli;

/// <summary>What fewshot was asked.</summary>
/// <param name="Images">New classes, or one-shot runs.</param>
internal sealed record FewShotRequest(string Images, string Output, FewShotPlan Plan, IReadOnlyList<FewShotHead> Heads)
{
    public string? Encoder { get; init; }

    /// <summary>Images to learn from; null for features as they are.</summary>
    public string? Learn { get; init; }

    public required EpisodicOptions Learning { get; init; }

    /// <summary>Pixels of a new encoder's side; null for the images' own.</summary>
    public int? Size { get; init; }

    public bool Validation { get; init; }
    public FileInfo? Json { get; init; }

    public bool IsOneShot => OneShotRuns.Is(Images);

    /// <exception cref="UsageException">Something is missing, not there, or not for this.</exception>
    public void Check()
    {
        if (!IsOneShot) Named.Images(Images);
        Named.Images(Learn);
        if (Encoder is null && Learn is null && !IsOneShot)
            throw new UsageException("Nothing is there to measure: name an encoder with --encoder, or images of other classes to learn one from "
                + "with --learn.");
        if (Learn is not null && Heads.Count > 1)
            throw new UsageException("An encoder learns for one --head; name prototypes or matching with --learn.");
        if (Size is not null && (Encoder is not null || Learn is null))
            throw new UsageException("--size is for a new encoder, which --learn makes without --encoder; leave it out.");
        if (IsOneShot && Validation) throw new UsageException("One-shot runs have no training part; leave --validation out.");
    }
}

/// <summary>The fields of fewshot --json.</summary>
internal sealed record FewShotFields(string Images, string Encoder, IReadOnlyList<EvaluationResult> Results);
