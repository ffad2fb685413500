using Foresee.Patches;
using Foresee.Torch;

namespace Foresee.Augmentation;

/// <summary>From images to changed patches; a strength or probability of 0 leaves a change out.</summary>
public sealed record PatchAugmentation
{
    /// <summary>Probability of mirroring a whole image.</summary>
    public double FlipImage { get; init; } = 0.5;

    /// <summary>Probability of mirroring a patch.</summary>
    public double FlipPatch { get; init; }

    /// <summary>Largest shift of a patch's window in pixels.</summary>
    public int Translation { get; init; } = 1;

    /// <summary>Relative, 0..1.</summary>
    public double Brightness { get; init; } = 0.4;

    /// <summary>Absolute, 0..1.</summary>
    public double Lightness { get; init; }

    /// <summary>Relative, 0..1.</summary>
    public double Contrast { get; init; } = 0.4;

    /// <summary>Probability of keeping one channel only.</summary>
    public double ColourDrop { get; init; }

    public static PatchAugmentation None { get; } = new() { FlipImage = 0, Translation = 0, Brightness = 0, Contrast = 0 };

    /// <summary>Adds this record's faults to the list.</summary>
    public void Validate(ICollection<string> faults)
    {
        (string Name, double Value)[] shares = [("flip of images", FlipImage), ("flip of patches", FlipPatch), ("brightness", Brightness),
            ("lightness", Lightness), ("contrast", Contrast), ("colour drop", ColourDrop)];
        foreach (var (name, value) in shares)
            if (value is not (>= 0 and <= 1)) faults.Add($"{name} must lie in 0..1, got {value}");
        if (Translation < 0) faults.Add($"translation must be 0 px or more, got {Translation}");
    }

    /// <param name="images">[B, C, height, width], values in 0..1.</param>
    /// <returns>[B·H·W, C, p, p]</returns>
    public Tensor Patches(Tensor images, GridGeometry grid, Generator generator)
    {
        if (FlipImage > 0) images = new HorizontalFlip(FlipImage).Apply(images, generator);
        var patches = PatchGrid.Extract(images, grid, Translation, generator);
        foreach (var transform in Transforms()) patches = transform.Apply(patches, generator);
        return patches;
    }

    private IEnumerable<IPatchTransform> Transforms()
    {
        if (FlipPatch > 0) yield return new HorizontalFlip(FlipPatch);
        if (Brightness > 0) yield return new Brightness(Brightness);
        if (Lightness > 0) yield return new Lightness(Lightness);
        if (Contrast > 0) yield return new Contrast(Contrast);
        if (ColourDrop > 0) yield return new ColourDrop(ColourDrop);
    }
}
