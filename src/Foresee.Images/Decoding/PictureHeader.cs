namespace Foresee.Images.Decoding;

/// <summary>What a file says of its picture before a pixel is read.</summary>
/// <param name="Width">As seen, after the file's orientation was applied; likewise Height.</param>
/// <param name="Channels">As they come, alpha with them.</param>
/// <param name="Bits">Per channel, 8 or 16.</param>
/// <param name="Pictures">In the file: pages of a TIFF, frames of an animation; the first is read.</param>
/// <param name="Orientation">As EXIF numbers it: 1 is seen as it is stored, 2 to 4 mirrored or upside down, 5 to 8 on its side.</param>
public sealed record PictureHeader(int Width, int Height, int Channels, bool HasAlpha, int Bits, int Pictures = 1, int Orientation = 1)
{
    /// <summary>Channels without alpha.</summary>
    public int Colours => HasAlpha ? Channels - 1 : Channels;
}
