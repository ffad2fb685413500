namespace Foresee.Augmentation;

/// <summary>
/// The 16 primitives of AutoAugment (Cubuk et al. 2018, table 6) over their ranges, of which CPC v2 applies two to each patch.
/// </summary>
public static class AutoAugment
{
    private const double TranslationShare = 150.0 / 331, CutoutShare = 60.0 / 331; // pixels of the paper's images

    public static IReadOnlyList<ITransform> Primitives { get; } =
    [
        new Shear(Across: 0.3, Down: 0),
        new Shear(Across: 0, Down: 0.3),
        new Shift(Across: TranslationShare, Down: 0),
        new Shift(Across: 0, Down: TranslationShare),
        new Rotation(30),
        new AutoContrast(),
        new Invert(1),
        new Equalise(),
        new Solarise(),
        new Posterise(4),
        new Contrast(0.9),
        new Saturation(0.9), // AutoAugment calls it Color
        new Brightness(0.9),
        new Sharpness(0.9),
        new Cutout(CutoutShare),
        new SamplePairing(0.4),
    ];
}
