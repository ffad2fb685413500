using Foresee.Patches;
using Foresee.Torch;

namespace Foresee.Augmentation;

/// <summary>From images to changed patches; a strength or probability of 0 leaves a change out.</summary>
public sealed record PatchAugmentation
{
    /// <summary>Probability of mirroring a whole image.</summary>
    public double FlipImage { get; init; } = 0.5;

    /// <summary>Largest shift of a patch's window in pixels; what moves in is the image's own surroundings.</summary>
    public int Translation { get; init; } = 1;

    /// <summary>Probability of mirroring a patch.</summary>
    public double FlipPatch { get; init; }

    /// <inheritdoc cref="Augmentation.Sharpness"/>
    public double Sharpness { get; init; }

    /// <summary>Largest deviation in pixels.</summary>
    public double Blur { get; init; }

    /// <summary>Largest logarithm of the exponent.</summary>
    public double Gamma { get; init; }

    /// <summary>Relative, 0..1.</summary>
    public double Brightness { get; init; } = 0.4;

    /// <summary>Absolute, 0..1.</summary>
    public double Lightness { get; init; }

    /// <summary>Relative, 0..1.</summary>
    public double Contrast { get; init; } = 0.4;

    /// <summary>Probability of the negative.</summary>
    public double Invert { get; init; }

    /// <summary>Probability of keeping one channel only.</summary>
    public double ColourDrop { get; init; }

    /// <summary>Largest deviation.</summary>
    public double Noise { get; init; }

    /// <summary>Largest side of a filled square, share of the patch's side.</summary>
    public double Cutout { get; init; }

    /// <summary>What becomes of values beyond black and white.</summary>
    public ValueRange Range { get; init; } = ValueRange.Open;

    /// <summary>The value of what is cut out, 0..1.</summary>
    public double Fill { get; init; } = 0.5;

    public static PatchAugmentation None { get; } = new() { FlipImage = 0, Translation = 0, Brightness = 0, Contrast = 0 };

    /// <summary>Adds this record's faults to the list.</summary>
    public void Validate(ICollection<string> faults)
    {
        (string Name, double Value)[] shares = [("flip of images", FlipImage), ("flip of patches", FlipPatch), ("sharpness", Sharpness),
            ("brightness", Brightness), ("lightness", Lightness), ("contrast", Contrast), ("invert", Invert), ("colour drop", ColourDrop),
            ("noise", Noise), ("cutout", Cutout), ("fill", Fill)];
        foreach (var (name, value) in shares)
            if (value is not (>= 0 and <= 1)) faults.Add($"{name} must lie in 0..1, got {value}");
        if (Translation < 0) faults.Add($"translation must be 0 px or more, got {Translation}");
        if (Gamma is not (>= 0 and <= 3)) faults.Add($"gamma must lie in 0..3 (exponents of 1/20 to 20), got {Gamma}");
        if (Blur is not (>= 0 and <= 20)) faults.Add($"blur must lie in 0..20 px, got {Blur}");
    }

    /// <param name="images">[B, C, height, width], UInt8, or Float32 in 0..1.</param>
    /// <returns>[B·H·W, C, p, p], Float32, around 0..1</returns>
    public Tensor Patches(Tensor images, GridGeometry grid, Generator generator) => new PatchCutter(this, grid, (int)images.Size(1)).Cut(images, generator);

    /// <summary>In the order in which they are applied; null holds the place of what is left out.</summary>
    internal IReadOnlyList<IPatchTransform?> Changes() =>
    [
        FlipPatch > 0 ? new HorizontalFlip(FlipPatch) : null,
        Sharpness > 0 ? new Sharpness(Sharpness) : null,
        Blur > 0 ? new Blur(Blur) : null,
        Gamma > 0 ? new Gamma(Gamma) : null,
        Brightness > 0 ? new Brightness(Brightness) : null,
        Lightness > 0 ? new Lightness(Lightness) : null,
        Contrast > 0 ? new Contrast(Contrast) : null,
        Invert > 0 ? new Invert(Invert) : null,
        ColourDrop > 0 ? new ColourDrop(ColourDrop) : null,
        Noise > 0 ? new Noise(Noise) : null,
        Cutout > 0 ? new Cutout(Cutout) : null,
    ];
}
