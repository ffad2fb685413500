using Foresee.Torch;

namespace Foresee.Augmentation;

/// <summary>Which transforms a patch goes through, in this order; a strength or probability of 0 leaves one out.</summary>
public sealed record PatchAugmentation
{
    /// <summary>Probability of mirroring a patch.</summary>
    public double Flip { get; init; } = 0.5;

    /// <summary>Largest shift in pixels.</summary>
    public int Translation { get; init; } = 1;

    /// <summary>Relative change, 0..1.</summary>
    public double Brightness { get; init; } = 0.4;

    /// <summary>Relative change, 0..1.</summary>
    public double Contrast { get; init; } = 0.4;

    /// <summary>Probability of keeping one channel only.</summary>
    public double ColourDrop { get; init; }

    public static PatchAugmentation None { get; } = new() { Flip = 0, Translation = 0, Brightness = 0, Contrast = 0, ColourDrop = 0 };

    /// <summary>Adds this record's faults to the list.</summary>
    public void Validate(ICollection<string> faults)
    {
        foreach (var (name, value) in new[] { ("flip", Flip), ("brightness", Brightness), ("contrast", Contrast), ("colour drop", ColourDrop) })
            if (value is not (>= 0 and <= 1)) faults.Add($"{name} must lie in 0..1, got {value}");
        if (Translation < 0) faults.Add($"translation must be 0 px or more, got {Translation}");
    }

    /// <param name="patches">[N, C, p, p], values in 0..1.</param>
    public Tensor Apply(Tensor patches, Generator generator)
    {
        foreach (var transform in Transforms()) patches = transform.Apply(patches, generator);
        return patches;
    }

    private IEnumerable<IPatchTransform> Transforms()
    {
        if (Flip > 0) yield return new HorizontalFlip(Flip);
        if (Translation > 0) yield return new Translation(Translation);
        if (Brightness > 0) yield return new Brightness(Brightness);
        if (Contrast > 0) yield return new Contrast(Contrast);
        if (ColourDrop > 0) yield return new ColourDrop(ColourDrop);
    }
}
