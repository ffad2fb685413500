using System.Buffers.Binary;
using System.Text;

namespace Foresee.Images.Decoding;

/// <summary>What a file is by its first bytes, whatever its ending says.</summary>
internal enum FileKind
{
    Unknown,
    Jpeg,
    Png,
    Gif,
    WebP,
    Tiff,
    Avif,
    Portable,
    Bitmap,
}

/// <summary>Tells formats by their first bytes, and says in plain words what a file is that holds none of them.</summary>
internal static class FileKinds
{
    public static FileKind Of(ReadOnlySpan<byte> file)
    {
        if (Starts(file, [0xFF, 0xD8, 0xFF])) return FileKind.Jpeg;
        if (Starts(file, [0x89, .. "PNG"u8])) return FileKind.Png;
        if (Starts(file, "GIF8"u8)) return FileKind.Gif;
        if (Starts(file, "RIFF"u8) && Has(file, 8, "WEBP"u8)) return FileKind.WebP;
        if (Starts(file, "II*\0"u8) || Starts(file, "MM\0*"u8) || Starts(file, "II+\0"u8) || Starts(file, "MM\0+"u8)) return FileKind.Tiff;
        if (Has(file, 4, "ftypavif"u8) || Has(file, 4, "ftypavis"u8)) return FileKind.Avif;
        if (Has(file, 4, "ftypmif1"u8) && file[..Math.Min(64, file.Length)].IndexOf("avif"u8) > 0) return FileKind.Avif;
        if (file.Length > 2 && file[0] == 'P' && file[1] is >= (byte)'1' and <= (byte)'6' && file[2] <= ' ') return FileKind.Portable;
        return Starts(file, "BM"u8) && file.Length > 26 ? FileKind.Bitmap : FileKind.Unknown;
    }

    /// <summary>As people write it.</summary>
    public static string Name(FileKind kind) => kind switch
    {
        FileKind.WebP => "WebP",
        FileKind.Portable => "PNM",
        FileKind.Bitmap => "BMP",
        _ => kind.ToString().ToUpperInvariant(),
    };

    /// <summary>What a file is that is none of these, and what can be done.</summary>
    public static string Describe(ReadOnlySpan<byte> file)
    {
        if (Has(file, 4, "ftyp"u8) && (Has(file, 8, "hei"u8) || Has(file, 8, "hev"u8) || Has(file, 8, "mif1"u8) || Has(file, 8, "msf1"u8)))
            return "it is a HEIC picture, which is not read here; convert it to JPEG or PNG";
        if (Has(file, 4, "jP  "u8) || Starts(file, [0xFF, 0x4F, 0xFF, 0x51]))
            return "it is a JPEG 2000 picture, which is not read here; convert it to PNG or TIFF";
        if (Starts(file, [0xFF, 0x0A]) || Has(file, 4, "JXL "u8))
            return "it is a JPEG XL picture, which is not read here; convert it to JPEG or PNG";
        if (Starts(file, "%PDF"u8)) return "it is a PDF document, not an image";
        if (Starts(file, "PK"u8)) return "it is a ZIP archive, not an image";
        if (Starts(file, [0x1F, 0x8B])) return "it is a gzip archive, not an image";
        var text = Text(file);
        if (text.Contains("<svg", StringComparison.OrdinalIgnoreCase)) return "it is an SVG drawing, which has no pixels; export it as PNG";
        if (text.StartsWith("<!doctype html", StringComparison.OrdinalIgnoreCase)
            || text.StartsWith("<html", StringComparison.OrdinalIgnoreCase))
            return "it is an HTML page, not an image";
        if (text.StartsWith('<')) return "it is an XML document, not an image";
        if (text.StartsWith('{') || text.StartsWith('[')) return "it is a JSON document, not an image";
        if (text.Length > 0) return "it is text, not an image";
        return $"it is of no image format that is known; its first bytes are {Convert.ToHexString(file[..Math.Min(8, file.Length)])}";
    }

    /// <summary>Whether the file lacks its end, by its own format's signs.</summary>
    public static bool IsCutOff(FileKind kind, ReadOnlySpan<byte> file) => kind switch
    {
        FileKind.Jpeg => file[Scan(file)..].LastIndexOf([(byte)0xFF, (byte)0xD9]) < 0,
        FileKind.Png => file.LastIndexOf("IEND"u8) < 0,
        FileKind.Gif => file[^1] != 0x3B,
        FileKind.WebP => file.Length < 8 + BitConverter.ToUInt32(file[4..8]),
        _ => false,
    };

    /// <summary>Where the pixels of a JPEG begin, behind any preview, which has an end of its own.</summary>
    private static int Scan(ReadOnlySpan<byte> file)
    {
        const byte StartOfScan = 0xDA;
        var at = 2;
        while (at + 4 <= file.Length && file[at] == 0xFF && file[at + 1] != StartOfScan)
            at += file[at + 1] == 0xFF ? 1 : 2 + BinaryPrimitives.ReadUInt16BigEndian(file[(at + 2)..]); // filling, or a segment
        return Math.Min(at, file.Length);
    }

    private static bool Starts(ReadOnlySpan<byte> file, ReadOnlySpan<byte> sign) => file.StartsWith(sign);

    private static bool Has(ReadOnlySpan<byte> file, int place, ReadOnlySpan<byte> sign) =>
        file.Length >= place + sign.Length && file[place..].StartsWith(sign);

    /// <summary>The beginning of a text, trimmed; empty where it is none.</summary>
    private static string Text(ReadOnlySpan<byte> file)
    {
        var start = file[..Math.Min(512, file.Length)];
        foreach (var value in start)
            if (value < ' ' && value is not ((byte)'\n' or (byte)'\r' or (byte)'\t')) return "";
        return Encoding.UTF8.GetString(start).TrimStart('\uFEFF', ' ', '\n', '\r', '\t');
    }
}
