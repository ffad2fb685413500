using Foresee.Inference;

namespace Foresee.Reports;

/// <summary>All that a report shows; a part that is null or empty is left out of the page.</summary>
public sealed record ReportContent
{
    /// <summary>For instance "Fashion-MNIST from few labels".</summary>
    public required string Title { get; init; }

    public LabelComparison? Comparison { get; init; }

    /// <summary>A fitted model on images that it had not learnt from; the other parts may stand beside it.</summary>
    public ModelReport? Model { get; init; }

    /// <summary>A fitted model that could not be measured, in place of <see cref="Model"/>: its record is shown all the same.</summary>
    public ModelDescription? Unmeasured { get; init; }

    public AblationComparison? Ablation { get; init; }

    /// <summary>Its accuracy over labels takes the place of <see cref="Comparison"/>: a report has one of the two.</summary>
    public StartComparison? Starts { get; init; }

    /// <summary>The log of the pretraining, as read from metrics.jsonl.</summary>
    public IReadOnlyList<MetricsEntry> Pretraining { get; init; } = [];

    public IReadOnlyList<ReportPicture> Pictures { get; init; } = [];

    public RunDescription? Run { get; init; }

    /// <summary>What is known only at the end, for instance "Pretraining time" -> "11 min 40 s", "Peak memory" -> "1.3 GiB".</summary>
    public IReadOnlyList<ReportFact> Facts { get; init; } = [];

    public IReadOnlyList<NextCommand> Next { get; init; } = [];
}

/// <param name="Caption">What the reader should see in it.</param>
/// <param name="Alternative">The same for who cannot see it.</param>
public sealed record ReportPicture(string Caption, string Alternative, ReadOnlyMemory<byte> Png);

public sealed record ReportFact(string Name, string Value);

/// <param name="Purpose">For instance "Pretrain on your own photographs".</param>
public sealed record NextCommand(string Command, string Purpose);
