using System.Buffers.Binary;
using System.Numerics;

namespace Foresee.Images.Decoding;

/// <summary>
/// A Windows bitmap (.bmp), which libvips does not read: 1, 4 and 8 bits with a palette, 16, 24 and 32 bits, uncompressed. A palette of
/// greys gives grey. The fourth byte of 32 bits is alpha only where the header has a mask for it.
/// </summary>
internal static class BitmapPicture
{
    private const int FileHeader = 14, OldHeader = 12, MaskedHeader = 56;
    private const uint Plain = 0, Masked = 3, MaskedAlpha = 6;

    /// <exception cref="Refusal">Compressed, cut off, or of another depth.</exception>
    public static StoredPicture Read(byte[] file)
    {
        var size = Int(file, FileHeader);
        var old = size == OldHeader;
        var (width, rows) = old ? (Short(file, 18), Short(file, 20)) : (Int(file, 18), Int(file, 22));
        var (bits, compression) = (Short(file, old ? 24 : 28), old ? Plain : (uint)Int(file, 30));
        var height = Math.Abs((long)rows); // below 0: the first row is the top one
        if (width <= 0 || height == 0) throw Damaged("its header is damaged");
        if (compression is not (Plain or Masked or MaskedAlpha))
            throw new Refusal(RefusalKind.SampleType, "it is a compressed bitmap; save it as PNG");
        if (bits is not (1 or 4 or 8 or 16 or 24 or 32))
            throw new Refusal(RefusalKind.SampleType, $"it is a bitmap of {bits} bits per pixel; save it as PNG");
        var stride = (width * (long)bits + 31) / 32 * 4;
        var start = Int(file, 10);
        if (start < 0 || start + stride * height > file.Length)
            throw new Refusal(RefusalKind.CutOff, $"it is cut off: {start + stride * height} bytes were promised, {file.Length} are here");
        var colours = bits <= 8 ? Palette(file, size, old, bits) : Masks(file, size, bits, compression);
        if (width * height * colours.Channels > Array.MaxLength)
            throw new Refusal(RefusalKind.TooLarge, $"it has {width} x {height} pixels; cut it into tiles");
        return new(new(width, (int)height, colours.Channels, colours.Channels == 4, 8), () =>
        {
            var (pixels, row) = (new byte[width * height * colours.Channels], width * colours.Channels);
            for (var y = 0; y < height; y++)
            {
                var from = start + stride * (rows > 0 ? height - 1 - y : y);
                Row(file.AsSpan((int)from, (int)stride), bits, colours, pixels.AsSpan((int)(y * row), row));
            }
            return pixels;
        });
    }

    /// <param name="Table">Of a palette: Channels bytes for each value.</param>
    /// <param name="Mask">Without one: which bits of a pixel are red, green, blue and perhaps alpha.</param>
    private sealed record Colours(int Channels, byte[] Table, uint[] Mask);

    private static Colours Palette(ReadOnlySpan<byte> file, int size, bool old, int bits)
    {
        var used = old ? 0 : Int(file, 46);
        var (count, entry) = (used is > 0 and <= 256 ? used : 1 << bits, old ? 3 : 4);
        var entries = Enumerable.Range(0, count).Select(i => FileHeader + size + i * entry).ToArray();
        if (entries[^1] + 3 > file.Length) throw new Refusal(RefusalKind.CutOff, "it is cut off in its palette");
        var grey = true;
        var table = new byte[3 << bits];
        for (var i = 0; i < count; i++)
        {
            var colour = file.Slice(entries[i], 3); // blue, green, red
            grey &= colour[0] == colour[1] && colour[1] == colour[2];
            (table[3 * i], table[3 * i + 1], table[3 * i + 2]) = (colour[2], colour[1], colour[0]);
        }
        return grey ? new(1, [.. table.Where((_, i) => i % 3 == 0)], []) : new(3, table, []);
    }

    private static Colours Masks(ReadOnlySpan<byte> file, int size, int bits, uint compression)
    {
        if (compression == Plain) return new(3, [], bits == 16 ? [0x7C00, 0x03E0, 0x001F] : [0xFF0000, 0xFF00, 0xFF]);
        uint[] masks = [(uint)Int(file, 54), (uint)Int(file, 58), (uint)Int(file, 62)];
        if (masks.Any(mask => mask == 0)) throw Damaged("a colour has no bits in its header");
        var alpha = size >= MaskedHeader || compression == MaskedAlpha ? (uint)Int(file, 66) : 0;
        return alpha == 0 ? new(3, [], masks) : new(4, [], [.. masks, alpha]);
    }

    private static void Row(ReadOnlySpan<byte> row, int bits, Colours colours, Span<byte> to)
    {
        var channels = colours.Channels;
        for (int x = 0, at = 0; at < to.Length; x++, at += channels)
        {
            if (bits <= 8)
            {
                var value = row[x * bits / 8] >> (8 - bits - x * bits % 8) & ((1 << bits) - 1);
                colours.Table.AsSpan(value * channels, channels).CopyTo(to[at..]);
                continue;
            }
            var pixel = bits switch
            {
                16 => BinaryPrimitives.ReadUInt16LittleEndian(row[(2 * x)..]),
                24 => (uint)(row[3 * x] | row[3 * x + 1] << 8 | row[3 * x + 2] << 16),
                _ => BinaryPrimitives.ReadUInt32LittleEndian(row[(4 * x)..]),
            };
            for (var c = 0; c < channels; c++) to[at + c] = Level(pixel, colours.Mask[c]);
        }
    }

    /// <summary>The bits under a mask, spread over 0 to 255.</summary>
    private static byte Level(uint pixel, uint mask)
    {
        var shift = BitOperations.TrailingZeroCount(mask);
        return (byte)(((pixel & mask) >> shift) * 255UL / (mask >> shift));
    }

    private static Refusal Damaged(string what) => new(RefusalKind.Damaged, $"it is a damaged bitmap: {what}");

    private static int Int(ReadOnlySpan<byte> file, int place) =>
        place + 4 <= file.Length
            ? BinaryPrimitives.ReadInt32LittleEndian(file[place..])
            : throw new Refusal(RefusalKind.CutOff, "it is cut off in its header");

    private static int Short(ReadOnlySpan<byte> file, int place) =>
        place + 2 <= file.Length
            ? BinaryPrimitives.ReadUInt16LittleEndian(file[place..])
            : throw new Refusal(RefusalKind.CutOff, "it is cut off in its header");
}
