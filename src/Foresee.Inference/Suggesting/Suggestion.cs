namespace Foresee.Inference.Suggesting;

/// <summary>By what images are chosen.</summary>
public enum SuggestionRule
{
    /// <summary>The most typical image of each group of images that has no label yet: <see cref="Coverage"/>.</summary>
    Coverage,
    /// <summary>What is farthest from all that is labelled: <see cref="CoreSet"/>.</summary>
    CoreSet,
    /// <summary>What a classifier is least sure of, one of each kind: <see cref="Margin"/>.</summary>
    Margin,
    /// <summary>By chance: what everything else is measured against, and the only choice that accuracy can be estimated on.</summary>
    Random,
}

/// <summary>An image that is worth a label.</summary>
/// <param name="Row">Of the features.</param>
/// <param name="Score">By its rule: typicality, distance, margin p1 - p2, or 0 by chance.</param>
/// <param name="Reason">In words.</param>
public sealed record Suggestion(int Row, SuggestionRule Rule, double Score, string Reason)
{
    /// <summary>The labelled row that looks most like it; null where none is labelled.</summary>
    public int? Nearest { get; init; }

    /// <summary>Its cosine, of centred features, from -1 to 1.</summary>
    public double Similarity { get; init; }
}

/// <summary>What a classifier says of each row of features.</summary>
/// <param name="Values">[N · C], row by row, each of sum 1.</param>
/// <param name="Classes">C names.</param>
public sealed record ClassProbabilities(float[] Values, IReadOnlyList<string> Classes);
