namespace Foresee.Augmentation;

/// <summary>From images to changed patches; a strength or probability of 0 leaves a change out.</summary>
public sealed record PatchAugmentation
{
    private const double DeformationShear = 0.2; // not published; two thirds of AutoAugment's

    /// <summary>Probability of mirroring a whole image.</summary>
    public double FlipImage { get; init; } = 0.5;

    /// <summary>Largest shift of a patch's window in pixels; what moves in is the image's own surroundings.</summary>
    public int Translation { get; init; } = 1;

    /// <summary>Probability of mirroring a patch.</summary>
    public double FlipPatch { get; init; }

    /// <summary>Largest angle in degrees.</summary>
    public double Rotation { get; init; }

    /// <summary>Largest tangent of the angle, across and down.</summary>
    public double Shear { get; init; }

    /// <summary>Largest shift of what a patch shows, share of its side; what moves in is filled.</summary>
    public double Shift { get; init; }

    /// <summary>Largest logarithm of the factor.</summary>
    public double Zoom { get; init; }

    /// <summary>Primitives of <see cref="AutoAugment"/> for each patch (paper: 2).</summary>
    public int Primitives { get; init; }

    /// <summary>Probability of an elastic deformation together with shearing (paper: 0.2).</summary>
    public double Deformation { get; init; }

    /// <summary>Probability of random curves from old to new values (paper: 0.2).</summary>
    public double ColourHistogram { get; init; }

    /// <summary>Probability of <see cref="ColourJitter.Szegedy"/> (paper: 0.8).</summary>
    public double SzegedyColour { get; init; }

    /// <summary>Relative, 0..1; below 1 blurs, above sharpens.</summary>
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

    /// <summary>Relative, 0..1.</summary>
    public double Saturation { get; init; }

    /// <summary>Share of the circle of hues, 0..0.5.</summary>
    public double Hue { get; init; }

    /// <summary>Probability of the negative.</summary>
    public double Invert { get; init; }

    /// <summary>Probability of grey (paper: 0.25).</summary>
    public double Greyscale { get; init; }

    /// <summary>Probability of keeping one channel only (paper: every patch).</summary>
    public double ColourDrop { get; init; }

    /// <summary>What the other channels become.</summary>
    public DroppedChannels Dropped { get; init; } = DroppedChannels.Copied;

    /// <summary>Largest deviation.</summary>
    public double Noise { get; init; }

    /// <summary>Largest side of a filled square, share of the patch's side.</summary>
    public double Cutout { get; init; }

    /// <summary>
    /// Share of a patch's side that is cut off at random places and filled, so that edges stand at no known place (CPC v1: 4/64).
    /// </summary>
    public double Trim { get; init; }

    /// <summary>What becomes of values beyond black and white.</summary>
    public ValueRange Range { get; init; } = ValueRange.Open;

    /// <summary>The value of what is cut out and of what moves in from outside a patch, 0..1.</summary>
    public double Fill { get; init; } = 0.5;

    public static PatchAugmentation None { get; } = new() { FlipImage = 0, Translation = 0, Brightness = 0, Contrast = 0 };

    /// <summary>
    /// That of Hénaff et al. 2020: two of AutoAugment's primitives; elastic deformation and shearing; colour histograms; Szegedy's colours;
    /// greyscale; colour dropping. Windows don't move. On small images dropping colour from a quarter of the patches did better than from
    /// all: <c>Published with { ColourDrop = 0.25 }</c>.
    /// </summary>
    public static PatchAugmentation Published { get; } = None with
    {
        FlipImage = 0.5,
        Primitives = 2,
        Deformation = 0.2,
        ColourHistogram = 0.2,
        SzegedyColour = 0.8,
        Greyscale = 0.25,
        ColourDrop = 1,
        Range = ValueRange.Unit,
    };

    /// <summary>Adds this record's faults to the list.</summary>
    public void Validate(ICollection<string> faults)
    {
        (string Name, double Value)[] shares = [("flip of images", FlipImage), ("flip of patches", FlipPatch), ("shear", Shear),
            ("shift", Shift), ("zoom", Zoom), ("deformation", Deformation), ("colour histogram", ColourHistogram),
                ("Szegedy colour", SzegedyColour),
            ("sharpness", Sharpness), ("brightness", Brightness), ("lightness", Lightness), ("contrast", Contrast),
                ("saturation", Saturation),
            ("invert", Invert), ("greyscale", Greyscale), ("colour drop", ColourDrop), ("noise", Noise), ("cutout", Cutout), ("trim", Trim),
                ("fill", Fill)];
        foreach (var (name, value) in shares)
            if (value is not (>= 0 and <= 1)) faults.Add($"{name} must lie in 0..1, got {value}");
        if (Translation < 0) faults.Add($"translation must be 0 px or more, got {Translation}");
        if (Rotation is not (>= 0 and <= 180)) faults.Add($"rotation must lie in 0..180 degrees, got {Rotation}");
        if (Hue is not (>= 0 and <= 0.5)) faults.Add($"hue must lie in 0..0.5 of the circle, got {Hue}");
        var most = AutoAugment.Primitives.Count;
        if (Primitives < 0 || Primitives > most) faults.Add($"primitives must lie in 0..{most}, got {Primitives}");
        if (Gamma is not (>= 0 and <= 3)) faults.Add($"gamma must lie in 0..3 (exponents of 1/20 to 20), got {Gamma}");
        if (Blur is not (>= 0 and <= 20)) faults.Add($"blur must lie in 0..20 px, got {Blur}");
    }

    /// <summary>What is asked for and has no meaning for so many channels; it is left out.</summary>
    public IReadOnlyList<string> WithoutMeaning(int channels)
    {
        var without = new List<string>();
        foreach (var change in Changes()) change?.For(channels, without);
        return [.. without.Distinct()];
    }

    /// <summary>In the order in which they are applied; null holds the place of what is left out.</summary>
    internal IReadOnlyList<ITransform?> Changes() =>
    [
        FlipPatch > 0 ? new HorizontalFlip(FlipPatch) : null,
        Rotation > 0 ? new Rotation(Rotation) : null,
        Shear > 0 ? new Shear(Shear, Shear) : null,
        Zoom > 0 ? new Zoom(Zoom) : null,
        Shift > 0 ? new Shift(Shift, Shift) : null,
        Primitives > 0 ? new SomeOf(Primitives, AutoAugment.Primitives) : null,
        Deformation > 0 ? new Sometimes(Deformation, new Elastic(), new Shear(DeformationShear, DeformationShear)) : null,
        ColourHistogram > 0 ? new Sometimes(ColourHistogram, new ColourHistogram()) : null,
        SzegedyColour > 0 ? new Sometimes(SzegedyColour, ColourJitter.Szegedy) : null,
        Sharpness > 0 ? new Sharpness(Sharpness) : null,
        Blur > 0 ? new Blur(Blur) : null,
        Gamma > 0 ? new Gamma(Gamma) : null,
        Brightness > 0 ? new Brightness(Brightness) : null,
        Lightness > 0 ? new Lightness(Lightness) : null,
        Contrast > 0 ? new Contrast(Contrast) : null,
        Saturation > 0 ? new Saturation(Saturation) : null,
        Hue > 0 ? new Hue(Hue) : null,
        Invert > 0 ? new Invert(Invert) : null,
        Greyscale > 0 ? new Greyscale(Greyscale) : null,
        ColourDrop > 0 ? new ColourDrop(ColourDrop, Dropped) : null,
        Noise > 0 ? new Noise(Noise) : null,
        Cutout > 0 ? new Cutout(Cutout) : null,
        Trim > 0 ? new Trim(Trim) : null,
    ];
}
