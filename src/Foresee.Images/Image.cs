using Foresee.Images.Decoding;

namespace Foresee.Images;

/// <summary>One picture in memory.</summary>
/// <param name="Channels">1 grey, 2 grey and alpha, 3 RGB, 4 RGBA; in scientific TIFF files any number.</param>
/// <param name="Pixels">Height x Width x Channels, row by row, 8 bit.</param>
public sealed record Image(int Width, int Height, int Channels, byte[] Pixels)
{
    /// <summary>Bits per channel of the file it was read from, 8 or 16; the pixels are 8 bit in either case.</summary>
    public int StoredBits { get; init; } = 8;

    /// <summary>Whether the last channel is alpha; of 2 and 4 it is taken to be, unless the file is a TIFF that does not say so.</summary>
    public bool HasAlpha { get; init; } = Channels is 2 or 4;

    /// <summary>Pictures in the file it was read from, pages or frames; this is the first.</summary>
    public int Pictures { get; init; } = 1;

    /// <summary>Channels without alpha.</summary>
    public int Colours => HasAlpha ? Channels - 1 : Channels;

    internal PictureHeader Header => new(Width, Height, Channels, HasAlpha, StoredBits, Pictures);

    /// <summary>The reverse of <see cref="CopyPlanes"/>.</summary>
    public static Image FromPlanes(int width, int height, int channels, ReadOnlySpan<byte> planes)
    {
        var (plane, pixels) = (width * height, new byte[planes.Length]);
        for (var c = 0; c < channels; c++)
            for (int i = 0, to = c; i < plane; i++, to += channels) pixels[to] = planes[c * plane + i];
        return new(width, height, channels, pixels);
    }

    /// <summary>Writes the pixels plane by plane (C, H, W), as batches hold them.</summary>
    public void CopyPlanes(Span<byte> target)
    {
        if (Channels == 1)
        {
            Pixels.CopyTo(target);
            return;
        }
        var plane = Width * Height;
        for (var c = 0; c < Channels; c++)
        {
            var row = target.Slice(c * plane, plane);
            for (int i = 0, from = c; i < row.Length; i++, from += Channels) row[i] = Pixels[from];
        }
    }
}
