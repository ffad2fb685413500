namespace Foresee.Classifiers;

/// <summary>Where a classifier comes from, for the record.</summary>
public sealed record Provenance
{
    /// <summary>Version of the program that fitted it.</summary>
    public string Program { get; init; } = typeof(Provenance).Assembly.GetName().Version?.ToString(3) ?? "";

    public string? Commit { get; init; }

    /// <summary>Name of the labelled images.</summary>
    public string Data { get; init; } = "";

    /// <summary>Of the labelled images and their classes.</summary>
    public string DataHash { get; init; } = "";

    /// <summary>Labelled images that were learnt from.</summary>
    public int Labels { get; init; }

    public int Seed { get; init; }

    /// <summary>When it was fitted; null where nobody said.</summary>
    public DateTimeOffset? Time { get; init; }
}
