using Foresee.Images;

namespace Foresee.Reports;

/// <summary>
/// What a model said of images whose class is known, none of which it had learnt from: <see cref="ModelReport"/> makes its numbers of it.
/// </summary>
public sealed record ModelPredictions
{
    /// <summary>As a noun phrase: "1,000 images of photos/test".</summary>
    public required string MeasuredOn { get; init; }

    /// <summary>[N] paths as a reader knows them.</summary>
    public required IReadOnlyList<string> Names { get; init; }

    /// <summary>[N] numbers among the model's classes.</summary>
    public required IReadOnlyList<int> Labels { get; init; }

    /// <summary>[N, classes] row by row; each row sums to 1.</summary>
    public required float[] Probabilities { get; init; }

    /// <summary>[N, K] row by row, of one encoder, of any length; null for a report without neighbours, suspects and map.</summary>
    public float[]? Features { get; init; }

    /// <summary>[N] mean cosine distances to the nearest references; null where the model has none.</summary>
    public IReadOnlyList<double>? Distances { get; init; }

    /// <summary>Whether temperature and conformal scores were chosen on these very images: then the report says so.</summary>
    public bool Calibrated { get; init; }

    /// <summary>An image as it is stored, or null where it can't be read: asked for some dozens, one at a time.</summary>
    public Func<int, Image?>? Picture { get; init; }

    public ForeignPredictions? Foreign { get; init; }

    /// <exception cref="ArgumentException">Its parts do not belong together.</exception>
    internal void Check(int classes)
    {
        var faults = new List<string>();
        var count = Labels.Count;
        if (count == 0) faults.Add("there is no image");
        if (Names.Count != count) faults.Add($"there are {Names.Count} names");
        if (Probabilities.Length != count * classes) faults.Add($"there are {Probabilities.Length} probabilities, not {classes} for each");
        if (Features is { } features && (features.Length == 0 || features.Length % Math.Max(1, count) != 0))
            faults.Add($"{features.Length} features are not as many for each");
        if (Distances is { } distances && distances.Count != count) faults.Add($"there are {distances.Count} distances");
        if (Labels.Any(label => label < 0 || label >= classes)) faults.Add($"a label is none of the {classes} classes");
        if (faults.Count > 0)
            throw new ArgumentException($"A report of {count} labelled images can't be made: {string.Join("; ", faults)}.");
    }
}

/// <summary>Images of another kind, whose classes the model does not know.</summary>
/// <param name="Name">Of their folder.</param>
/// <param name="Distances">Mean cosine distances to the nearest references.</param>
public sealed record ForeignPredictions(string Name, IReadOnlyList<double> Distances);
