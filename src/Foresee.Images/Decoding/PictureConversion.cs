namespace Foresee.Images.Decoding;

/// <summary>
/// Rows of a file to the pixels asked for: 16 bits through the window, then the channels, so that what is transparent does not bleed,
/// then the size. Rows may come a few at a time, so that a picture larger than memory needs none of its own.
/// </summary>
internal sealed class PictureConversion
{
    private readonly PictureHeader header;
    private readonly InputFormat? fit;
    private readonly Levels? levels;
    private readonly Reduction? reduction;
    private readonly int asked;
    private readonly byte[] pixels;
    private byte[] narrow = [], coloured = [];
    private int filled;

    /// <param name="fit">Null for the picture as it is stored.</param>
    /// <param name="rows">Of the rows that come: less than the header's where the decoder leaves out the fine frequencies; columns
    /// likewise.</param>
    /// <exception cref="Refusal">The format can't be made of this picture.</exception>
    public PictureConversion(PictureHeader header, InputFormat? fit, int rows, int columns)
    {
        (this.header, this.fit, asked) = (header, fit, fit?.Channels ?? header.Channels);
        if (header.Bits == 16) levels = new(fit?.Window ?? LevelWindow.Whole, header.Channels, header.HasAlpha);
        if (fit is not null && (rows != fit.ReadHeight || columns != fit.ReadWidth))
            reduction = new(rows, columns, asked, fit.ReadHeight, fit.ReadWidth);
        pixels = reduction?.Pixels ?? new byte[Size(rows, columns)];
    }

    /// <summary>Refuses what the format can't be made of.</summary>
    /// <exception cref="Refusal">Other channels, or too few pixels.</exception>
    public static void Check(PictureHeader header, InputFormat fit)
    {
        if (Channels.Obstacle(fit.Channels, header.Colours, header.HasAlpha) is { } obstacle)
            throw new Refusal(RefusalKind.Channels, obstacle);
        if (fit.Small != SmallImages.Enlarge && (header.Width < fit.ReadWidth || header.Height < fit.ReadHeight))
            throw Refusal.TooSmall(header.Width, header.Height, fit);
    }

    /// <summary>The next rows from the top, as the file has them.</summary>
    public void Add(ReadOnlySpan<byte> strip, int rows)
    {
        if (levels is not null)
        {
            var count = strip.Length / 2;
            if (narrow.Length < count) narrow = new byte[count];
            levels.Convert(strip, narrow);
            strip = narrow.AsSpan(0, count);
        }
        if (asked != header.Channels)
        {
            var count = strip.Length / header.Channels * asked;
            if (coloured.Length < count) coloured = new byte[count];
            Channels.Convert(strip, header.Channels, header.HasAlpha, coloured, asked);
            strip = coloured.AsSpan(0, count);
        }
        if (reduction is not null) reduction.Add(strip, rows);
        else strip.CopyTo(pixels.AsSpan(filled));
        filled += strip.Length;
    }

    public Image Finish(int rows, int columns) =>
        new(fit?.ReadWidth ?? columns, fit?.ReadHeight ?? rows, asked, pixels)
        {
            StoredBits = header.Bits,
            HasAlpha = fit is null && header.HasAlpha,
            Pictures = header.Pictures,
        };

    private int Size(int rows, int columns)
    {
        var size = (long)rows * columns * asked;
        return size <= Array.MaxLength ? (int)size
            : throw new Refusal(RefusalKind.TooLarge,
            $"it has {columns} x {rows} pixels of {asked} channels, more than {Array.MaxLength} bytes; cut it into tiles");
    }
}
