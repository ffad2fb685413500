namespace Foresee.Encoders;

/// <summary>All that is needed to use a trained encoder: its architecture, how images are cut for it, how pixels are scaled.</summary>
/// <param name="Height">Of the images it was trained on, in pixels.</param>
/// <param name="Width">Likewise.</param>
/// <param name="Patch">Side of a patch in pixels.</param>
/// <param name="Stride">Between patches in pixels.</param>
/// <param name="Mean">Per channel, of pixels in 0..1.</param>
/// <param name="Std">Per channel, of pixels in 0..1.</param>
public sealed record EncoderDescription(
    PatchEncoderOptions Options, int Height, int Width, int Patch, int Stride, IReadOnlyList<double> Mean, IReadOnlyList<double> Std)
{
    /// <summary>Images are read so many pixels larger, and the middle is used: the scale is then that of the training's random crops.</summary>
    public int Margin { get; init; }

    /// <summary>Values of 16-bit files that are read as 0, one for all channels or one per channel.</summary>
    public IReadOnlyList<int> Black { get; init; } = [0];

    /// <summary>Values of 16-bit files that are read as 255, as many.</summary>
    public IReadOnlyList<int> White { get; init; } = [65535];

    /// <summary>Whether images smaller than that are enlarged, as they were in training, rather than refused.</summary>
    public bool EnlargesSmall { get; init; }
}
