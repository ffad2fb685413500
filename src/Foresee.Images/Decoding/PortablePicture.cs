using System.Globalization;

namespace Foresee.Images.Decoding;

/// <summary>
/// Portable bitmaps, greymaps and pixmaps (.pbm, .pgm, .ppm), as text (P1 to P3) or bytes (P4 to P6). A largest value below 255 is spread
/// over 8 bits; above it the values are those of 16 bits, as a camera of 12 bits writes them.
/// </summary>
internal static class PortablePicture
{
    private const int Byte = 255, Largest = 65535;

    /// <exception cref="Refusal">Damaged or cut off.</exception>
    public static StoredPicture Read(byte[] file)
    {
        var (kind, at) = (file[1] - '0', 2);
        var (width, height) = (Number(file, ref at), Number(file, ref at));
        var bits = kind is 1 or 4;
        var most = bits ? 1 : Number(file, ref at);
        if (width < 1 || height < 1 || most is < 1 or > Largest)
            throw new Refusal(RefusalKind.Damaged, $"its header is damaged: {width} x {height} pixels of values up to {most}");
        var channels = kind is 3 or 6 ? 3 : 1;
        var deep = most > Byte;
        var size = (long)width * height * channels * (deep ? 2 : 1);
        if (size > Array.MaxLength)
            throw new Refusal(RefusalKind.TooLarge,
                $"it has {width} x {height} pixels, more than {Array.MaxLength} bytes; cut it into tiles");
        var start = kind < 4 ? at : at + 1; // one blank stands between the header and bytes
        if (file.Length - start < Least(kind, width, height, size)) throw Refusal.CutOff(); // before room is made for it
        return new(new(width, height, channels, false, deep ? 16 : 8),
            () => Rows(new(file, start, kind < 4, deep), kind, most, width, height, new byte[size]));
    }

    /// <summary>Bytes that so many pixels take at least; of text about as many as there will be in memory.</summary>
    private static long Least(int kind, long width, long height, long size) => kind switch
    {
        1 => width * height,
        2 or 3 => size - 1, // a digit and a blank each, without the last blank
        4 => (width + 7) / 8 * height,
        _ => size,
    };

    private static byte[] Rows(Values values, int kind, int most, int width, int height, byte[] rows)
    {
        var (bits, deep) = (kind is 1 or 4, most > Byte);
        if (kind == 4) Bits(values, width, height, rows);
        else
            for (var i = 0; i < rows.Length; i += deep ? 2 : 1)
            {
                var value = values.Next(single: kind == 1);
                if (value > most) throw new Refusal(RefusalKind.Damaged, $"it holds the value {value}, above its largest, {most}");
                if (bits) rows[i] = (byte)(value == 0 ? Byte : 0); // 1 is black
                else if (deep) (rows[i], rows[i + 1]) = ((byte)value, (byte)(value >> 8));
                else rows[i] = (byte)((value * Byte + most / 2) / most);
            }
        return rows;
    }

    /// <summary>Eight pixels to a byte, each row in bytes of its own.</summary>
    private static void Bits(Values values, int width, int height, byte[] rows)
    {
        for (var y = 0; y < height; y++)
            for (int x = 0, eight = 0; x < width; x++)
            {
                if (x % 8 == 0) eight = values.Next(single: false);
                rows[y * width + x] = (byte)((eight >> (7 - x % 8) & 1) == 0 ? Byte : 0);
            }
    }

    private ref struct Values(ReadOnlySpan<byte> file, int at, bool text, bool deep)
    {
        private readonly ReadOnlySpan<byte> file = file;
        private int at = at;

        /// <param name="single">Each digit is a value of its own, as bits written as text are.</param>
        public int Next(bool single)
        {
            if (text && single) return Digit();
            if (text) return Number(file, ref at);
            if (at + (deep ? 2 : 1) > file.Length) throw Refusal.CutOff();
            return deep ? file[at++] << 8 | file[at++] : file[at++];
        }

        private int Digit()
        {
            SkipBlanks(file, ref at);
            return at < file.Length ? file[at++] - '0' : throw Refusal.CutOff();
        }
    }

    private static int Number(ReadOnlySpan<byte> file, ref int at)
    {
        SkipBlanks(file, ref at);
        var start = at;
        while (at < file.Length && file[at] is >= (byte)'0' and <= (byte)'9') at++;
        if (at == start) throw at >= file.Length ? Refusal.CutOff() : new Refusal(RefusalKind.Damaged, "a number is missing in it");
        return int.TryParse(file[start..at], NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value : int.MaxValue;
    }

    /// <summary>Blanks, and remarks from # to the end of the line.</summary>
    private static void SkipBlanks(ReadOnlySpan<byte> file, ref int at)
    {
        for (var remark = false; at < file.Length && (remark || file[at] <= ' ' || file[at] == '#'); at++)
            remark = file[at] == '#' || (remark && file[at] is not ((byte)'\n' or (byte)'\r'));
    }
}
