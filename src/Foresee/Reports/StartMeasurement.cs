using Foresee.Evaluation;

namespace Foresee.Reports;

/// <summary>A start of a comparison and what was measured of it.</summary>
/// <param name="Name">A method, a pretrained start, a run, or <see cref="StartComparison.Baseline"/>.</param>
public sealed record StartMeasurement(string Name)
{
    /// <summary>Why it was not measured; null where it was.</summary>
    public string? Reason { get; init; }

    /// <summary>In words.</summary>
    public string Encoder { get; init; } = "";

    /// <summary>Seen in its own pretraining, repeats counted; 0 where there was none.</summary>
    public long Images { get; init; }

    /// <summary>Of its own pretraining.</summary>
    public double PretrainSeconds { get; init; }

    /// <summary>For features, choice and fits, all amounts and draws together.</summary>
    public double EvaluationSeconds { get; init; }

    /// <summary>The most that the process held meanwhile, in MiB.</summary>
    public long PeakMib { get; init; }

    /// <summary>Of every protocol, amount and draw; none where <see cref="Reason"/> says why.</summary>
    public IReadOnlyList<EvaluationResult> Results { get; init; } = [];

    /// <summary>By amount of labels the protocol that the start is compared by: chosen on images that are not measured here.</summary>
    public IReadOnlyDictionary<string, string> Chosen { get; init; } = new Dictionary<string, string>();

    /// <summary>What a reader must know, one sentence each.</summary>
    public IReadOnlyList<string> Remarks { get; init; } = [];

    /// <summary>The log of its pretraining; empty where there is none.</summary>
    public IReadOnlyList<MetricsEntry> Log { get; init; } = [];

    /// <summary>What measured it: the command line, the program's commit and the machine.</summary>
    public string Command { get; init; } = "";

    /// <inheritdoc cref="Command"/>
    public string? Commit { get; init; }

    /// <inheritdoc cref="Command"/>
    public string Machine { get; init; } = "";

    /// <summary>The rows of the chosen protocol, in the order of the draws.</summary>
    internal EvaluationResult[] ChosenRows(string labels) =>
        [.. Results.Where(row => row.Labels == labels && row.Protocol == Chosen[labels]).OrderBy(row => row.Draw)];
}
