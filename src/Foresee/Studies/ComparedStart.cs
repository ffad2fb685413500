using Foresee.Augmentation;
using Foresee.Reports;
using Foresee.Starts;

namespace Foresee.Studies;

/// <summary>What stands in a comparison.</summary>
/// <param name="Name">Unique in it, and good for a folder.</param>
public abstract record ComparedStart(string Name);

/// <summary>No encoder: the supervised baseline, from pixels.</summary>
public sealed record PixelStart() : ComparedStart(StartComparison.Baseline);

/// <summary>A method of <see cref="Methods.MethodOptions.Names"/>, pretrained on the images under the budget.</summary>
/// <param name="From">Weights that it goes on from; null for random ones.</param>
public sealed record MethodStart(string Name, string Method, StartingPoint? From = null) : ComparedStart(Name);

/// <summary>An encoder that is there.</summary>
/// <param name="Path">A folder with encoder.safetensors, or a file.</param>
/// <param name="Remarks">What a reader of its numbers must know, one sentence each.</param>
public sealed record WeightsStart(string Name, string Path, params IReadOnlyList<string> Remarks) : ComparedStart(Name)
{
    /// <summary>How patches were augmented in its pretraining; null where there were none.</summary>
    public PatchAugmentation? Augmentation { get; init; }
}

/// <summary>A start that can't be measured, and why.</summary>
public sealed record MissingStart(string Name, string Reason) : ComparedStart(Name);
