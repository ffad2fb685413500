namespace Foresee.Augmentation;

/// <summary>Changes of colour in a random order.</summary>
public static class ColourJitter
{
    /// <summary>
    /// The photometric distortions of Inception (Szegedy et al. 2014), with the amounts of its published training code: lightness 32/255,
    /// contrast and saturation 0.5 to 1.5, hue 0.2.
    /// </summary>
    public static ITransform Szegedy { get; } =
        new SomeOf(4, new Lightness(32.0 / 255), new Contrast(0.5), new Saturation(0.5), new Hue(0.2));

    /// <summary>torchvision's ColorJitter; a strength of 0 leaves a change out.</summary>
    public static ITransform Of(double brightness, double contrast, double saturation, double hue)
    {
        List<ITransform> changes = [];
        if (brightness > 0) changes.Add(new Brightness(brightness));
        if (contrast > 0) changes.Add(new Contrast(contrast));
        if (saturation > 0) changes.Add(new Saturation(saturation));
        if (hue > 0) changes.Add(new Hue(hue));
        return new SomeOf(changes.Count, changes);
    }
}
