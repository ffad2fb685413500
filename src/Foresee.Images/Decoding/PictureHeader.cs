namespace Foresee.Images.Decoding;

/// <summary>What a file says of its picture before a pixel is read.</summary>
/// <param name="Width">As seen, after the file's orientation was applied; likewise Height.</param>
/// <param name="Channels">As they come, alpha with them.</param>
/// <param name="Bits">Per channel, 8 or 16.</param>
/// <param name="Pictures">In the file: pages of a TIFF, frames of an animation; the first is read.</param>
public sealed record PictureHeader(int Width, int Height, int Channels, bool HasAlpha, int Bits, int Pictures = 1)
{
    /// <summary>Channels without alpha.</summary>
    public int Colours => HasAlpha ? Channels - 1 : Channels;
}
