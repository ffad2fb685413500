using System.Text.Json.Serialization;
using Foresee.Augmentation;
using Foresee.Torch;

namespace Foresee.Evaluation;

/// <summary>
/// What the supervised baseline sees of an image in training: the image moved, turned, scaled, flipped, its brightness changed and
/// a square cut out of it. Every amount is drawn for each image anew, uniformly from -amount to amount.
/// </summary>
/// <param name="Shift">Share of the side, rounded to whole pixels: between pixels the image would be blurred, and networks learn what sharp
/// test images do not show.</param>
/// <param name="Rotation">Degrees.</param>
/// <param name="Scale">Of the logarithm of each side's factor: 0.15 is from 0.86 to 1.16.</param>
/// <param name="Brightness">Of the logarithm of the factor.</param>
/// <param name="Cutout">Side of the square, share of the image's side; 0 for none (DeVries and Taylor 2017). It is black.</param>
public sealed record WholeImageAugmentation(bool Flip = true, double Shift = 0.07, double Rotation = 0, double Scale = 0,
    double Brightness = 0.3, double Cutout = 0, EdgeFill Fill = EdgeFill.Black)
{
    /// <summary>
    /// Turned by 0, 1, 2 or 3 right angles, see <see cref="QuarterTurns"/>: for images without an upside, such as those from above.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] // or fingerprints of before would change
    public bool Turns { get; init; }

    /// <summary>Colour images are taken for photographs, others for objects on black.</summary>
    public static WholeImageAugmentation For(int channels) => new(Fill: channels == 1 ? EdgeFill.Black : EdgeFill.Mirror);

    /// <summary>For images that have an upside, or have none.</summary>
    internal WholeImageAugmentation For(bool upright) => upright ? this : this with { Turns = true };

    /// <summary>The same without turns where these would make images of another class, see <see cref="Orientation"/>.</summary>
    /// <param name="images">uint8 [n, C, H, W]</param>
    internal WholeImageAugmentation For(Tensor images, int[] labels, int classes) =>
        Turns && Orientation.TellsClasses(images, labels, classes) ? this with { Turns = false } : this;

    public static WholeImageAugmentation None => new(Flip: false, Shift: 0, Rotation: 0, Scale: 0, Brightness: 0, Cutout: 0);

    /// <summary>Makes changed images of the size of those it is given; one resampling does all moves.</summary>
    /// <param name="mean">Per channel, of pixels in 0..1; null for 0.</param>
    /// <param name="std">Per channel, of pixels in 0..1; null for 1.</param>
    public ViewMaker Maker(int height, int width, int channels, IReadOnlyList<double>? mean = null, IReadOnlyList<double>? std = null) =>
        new(Changes(), new(height, width, channels) { Range = ValueRange.Open, Edge = Fill, Mean = mean ?? [], Std = std ?? [] });

    /// <param name="images">[N, C, H, W], UInt8, or Float32 in 0..1; on the CPU</param>
    /// <returns>[N, C, H, W] of about 0..1</returns>
    public Tensor Apply(Tensor images, Generator generator, int threads = 1) =>
        Maker((int)images.Size(2), (int)images.Size(3), (int)images.Size(1)).Make(images, generator, threads);

    /// <summary>In the order in which they are applied; null holds the place of what is left out.</summary>
    private IReadOnlyList<ITransform?> Changes() =>
    [
        Shift > 0 ? new Shift(Shift, Shift) : null,
        Rotation > 0 ? new Rotation(Rotation) : null,
        Scale > 0 ? new Stretch(Scale) : null,
        Flip ? new HorizontalFlip() : null,
        Brightness > 0 ? new Exposure(Brightness) : null,
        Cutout > 0 ? new Cutout(Cutout, Least: Cutout) : null,
        Turns ? new QuarterTurns() : null,
    ];
}
