namespace Foresee.Augmentation;

/// <summary>From whole images to changed views of one size; a strength or probability of 0 leaves a change out.</summary>
public sealed record ImageAugmentation
{
    /// <summary>
    /// Least and largest share of the image's area that a view shows, see <see cref="RandomResizedCrop"/>; both 0: the whole image, resized
    /// to the view.
    /// </summary>
    public double LeastArea { get; init; }

    /// <inheritdoc cref="LeastArea"/>
    public double MostArea { get; init; }

    /// <summary>Least and largest ratio of width to height of the part that a view shows.</summary>
    public double LeastRatio { get; init; } = 3.0 / 4;

    /// <inheritdoc cref="LeastRatio"/>
    public double MostRatio { get; init; } = 4.0 / 3;

    /// <summary>
    /// Instead of a part that is resized: pixels by which a part of the view's own size may reach beyond the image, see <see
    /// cref="RandomCrop"/>.
    /// </summary>
    public int Padding { get; init; }

    /// <summary>What is seen beyond the image.</summary>
    public EdgeFill Edge { get; init; }

    /// <summary>Probability of mirroring left to right.</summary>
    public double HorizontalFlip { get; init; }

    /// <summary>Probability of mirroring top to bottom.</summary>
    public double VerticalFlip { get; init; }

    /// <summary>Probability of turning by 0 to 3 right angles.</summary>
    public double QuarterTurns { get; init; }

    /// <summary>Probability of changing brightness, contrast, saturation and hue, in random order.</summary>
    public double Jitter { get; init; }

    /// <summary>Relative, 0..1.</summary>
    public double Brightness { get; init; }

    /// <summary>Relative, 0..1.</summary>
    public double Contrast { get; init; }

    /// <summary>Relative, 0..1.</summary>
    public double Saturation { get; init; }

    /// <summary>Share of the circle of hues, 0..0.5.</summary>
    public double Hue { get; init; }

    /// <summary>Probability of grey.</summary>
    public double Greyscale { get; init; }

    /// <summary>Probability of a blur.</summary>
    public double Blur { get; init; }

    /// <summary>Least and largest deviation of the blur in pixels.</summary>
    public double LeastBlur { get; init; } = 0.1;

    /// <inheritdoc cref="LeastBlur"/>
    public double MostBlur { get; init; } = 2;

    /// <summary>Side of the blur's kernel, share of the view's shorter side.</summary>
    public double BlurKernel { get; init; } = 0.1;

    /// <summary>Probability of the negative of bright values.</summary>
    public double Solarise { get; init; }

    /// <summary>The least of these values.</summary>
    public double SolariseFrom { get; init; } = 0.5;

    /// <summary>The image as it is, resized to the view.</summary>
    public static ImageAugmentation None { get; } = new();

    /// <summary>SimCLR's (Chen et al. 2020), for photographs in views of about 224 px.</summary>
    public static ImageAugmentation SimClr { get; } = new()
    {
        LeastArea = 0.08,
        MostArea = 1,
        HorizontalFlip = 0.5,
        Jitter = 0.8,
        Brightness = 0.8,
        Contrast = 0.8,
        Saturation = 0.8,
        Hue = 0.2,
        Greyscale = 0.2,
        Blur = 0.5,
    };

    /// <summary>SimCLR's for images of 32 px: half the colour jitter, no blur.</summary>
    public static ImageAugmentation SimClr32 { get; } =
        SimClr with { Brightness = 0.4, Contrast = 0.4, Saturation = 0.4, Hue = 0.1, Blur = 0 };

    /// <summary>Those of instance discrimination (Wu et al. 2018) and MoCo v1: always jittered, no blur.</summary>
    public static ImageAugmentation MoCoV1 { get; } = SimClr32 with { LeastArea = 0.2, Jitter = 1, Hue = 0.4 };

    /// <summary>MoCo v2's (Chen et al. 2020) and SimSiam's, for views of about 224 px.</summary>
    public static ImageAugmentation MoCoV2 { get; } = SimClr32 with { LeastArea = 0.2, Blur = 0.5 };

    /// <summary>The first of BYOL's two (Grill et al. 2020), which Barlow Twins takes as well: always blurred.</summary>
    public static ImageAugmentation ByolFirst { get; } = SimClr32 with { Saturation = 0.2, Blur = 1 };

    /// <summary>The second: seldom blurred, at times solarised.</summary>
    public static ImageAugmentation ByolSecond { get; } = ByolFirst with { Blur = 0.1, Solarise = 0.2 };

    /// <summary>The first of two for images of 32 px, as solo-learn has it.</summary>
    public static ImageAugmentation ByolFirst32 { get; } = ByolFirst with { Blur = 0 };

    /// <summary>The second: at times solarised.</summary>
    public static ImageAugmentation ByolSecond32 { get; } = ByolSecond with { Blur = 0 };

    /// <summary>The same for images from above, which have no upside and whose colour is often the class.</summary>
    public ImageAugmentation FromAbove() => this with { VerticalFlip = 0.5, QuarterTurns = 1, Hue = Hue / 2 };

    /// <summary>Adds this record's faults to the list.</summary>
    public void Validate(ICollection<string> faults)
    {
        (string Name, double Value)[] shares = [("least area", LeastArea), ("largest area", MostArea), ("horizontal flip", HorizontalFlip),
            ("vertical flip", VerticalFlip), ("quarter turns", QuarterTurns), ("jitter", Jitter), ("brightness", Brightness),
                ("contrast", Contrast),
            ("saturation", Saturation), ("greyscale", Greyscale), ("blur", Blur), ("blur kernel", BlurKernel), ("solarise", Solarise),
                ("solarise from", SolariseFrom)];
        foreach (var (name, value) in shares)
            if (value is not (>= 0 and <= 1)) faults.Add($"{name} must lie in 0..1, got {value}");
        if (LeastArea > MostArea) faults.Add($"the least area must not be above the largest, got {LeastArea} and {MostArea}");
        if (MostArea > 0 && !(LeastArea > 0))
            faults.Add($"the least area must be above 0 where parts are shown, got {LeastArea}; set both to 0 for whole images");
        if (!(LeastRatio > 0 && LeastRatio <= MostRatio))
            faults.Add($"ratios must be above 0, the least not above the largest, got {LeastRatio} and {MostRatio}");
        if (Padding < 0) faults.Add($"padding must be 0 px or more, got {Padding}");
        if (Padding > 0 && MostArea > 0)
            faults.Add($"parts are either resized or padded, got areas up to {MostArea} and a padding of {Padding} px; set one of them to "
                + "0");
        if (Hue is not (>= 0 and <= 0.5)) faults.Add($"hue must lie in 0..0.5 of the circle, got {Hue}");
        if (!(LeastBlur > 0 && LeastBlur <= MostBlur && MostBlur <= 20))
            faults.Add($"blurs must lie above 0 and up to 20 px, the least not above the largest, got {LeastBlur} and {MostBlur}");
    }

    /// <summary>What is asked for and has no meaning for so many channels; it is left out.</summary>
    public IReadOnlyList<string> WithoutMeaning(int channels)
    {
        var without = new List<string>();
        foreach (var change in Changes()) change?.For(channels, without);
        return [.. without.Distinct()];
    }

    /// <summary>The same as a sentence for a run's description; none where nothing is left out.</summary>
    public static IReadOnlyList<string> Remarks(ImageAugmentation augmentation, int channels) =>
        augmentation.WithoutMeaning(channels) is { Count: > 0 } without
        ? [$"left out of the augmentation, without meaning for {channels} {(channels == 1 ? "channel" : "channels")}: "
            + $"{string.Join(", ", without)}"] : [];

    /// <summary>In the order in which they are applied; null holds the place of what is left out.</summary>
    internal IReadOnlyList<ITransform?> Changes() =>
    [
        MostArea > 0 ? new RandomResizedCrop(LeastArea, MostArea, LeastRatio, MostRatio) : null,
        Padding > 0 ? new RandomCrop(Padding) : null,
        HorizontalFlip > 0 ? new HorizontalFlip(HorizontalFlip) : null,
        VerticalFlip > 0 ? new VerticalFlip(VerticalFlip) : null,
        QuarterTurns > 0 ? new Sometimes(QuarterTurns, new QuarterTurns()) : null,
        Jitter > 0 ? new Sometimes(Jitter, ColourJitter.Of(Brightness, Contrast, Saturation, Hue)) : null,
        Greyscale > 0 ? new Greyscale(Greyscale) : null,
        Blur > 0 ? new Sometimes(Blur, new Blur(MostBlur, LeastBlur, BlurKernel)) : null,
        Solarise > 0 ? new Sometimes(Solarise, new Solarise(SolariseFrom, SolariseFrom)) : null,
    ];
}
