using NetVips;

namespace Foresee.Images.Decoding;

/// <summary>
/// A picture as libvips reads it, of the formats whose readers are held fit for files that nobody vouches for. Its type of sample and its
/// colours are looked at before anything is converted; what is neither grey, RGB, CMYK nor mere channels of 8 or 16 bits is refused.
/// </summary>
internal sealed class VipsPicture : IDisposable
{
    private const int StripBytes = 1 << 16;
    // bytes that a picture takes which lies on its side: turning reads columns, the file gives rows
    private const long MostTurned = 1L << 31;
    private NetVips.Image image; // as the file has it, until it is read

    private VipsPicture(NetVips.Image image, PictureHeader header) => (this.image, Header) = (image, header);

    /// <summary>Width and height are those of the rows that come.</summary>
    public PictureHeader Header { get; }

    /// <param name="shrink">1, or of a JPEG 2, 4 or 8: the fine frequencies are left out while it is decoded, and its sides are as much
    /// shorter.</param>
    public static VipsPicture Open(FileKind kind, byte[] file, int shrink = 1)
    {
        var tiff = kind == FileKind.Tiff ? new TiffDirectory(file) : default;
        if (kind == FileKind.Tiff && tiff.Obstacle() is { } obstacle) throw new Refusal(RefusalKind.SampleType, obstacle);
        if (kind == FileKind.Tiff && tiff.IsCutOff) throw Refusal.CutOff();
        var pictures = kind == FileKind.Tiff ? tiff.Pages : 0;
        var tiffAlpha = kind == FileKind.Tiff && tiff.HasAlpha;
        if (kind == FileKind.Tiff) TiffDirectory.MendPlanes(file);
        var opened = Load(kind, file, shrink);
        try
        {
            Check(opened);
            var alpha = opened.Interpretation == Enums.Interpretation.Cmyk ? opened.HasAlpha()
                : opened.Bands is 2 or 4 && (kind != FileKind.Tiff || tiffAlpha);
            if (kind != FileKind.Tiff && opened.Contains("n-pages")) pictures = (int)opened.Get("n-pages");
            var bits = opened.Format == Enums.BandFormat.Ushort ? 16 : 8;
            opened = OfPrint(opened, ref bits);
            var (width, height) = Seen(opened);
            return new(opened, new(width, height, opened.Bands, alpha, bits, Math.Max(1, pictures),
                Math.Clamp(Orientation(opened), 1, 8)));
        }
        catch
        {
            opened.Dispose();
            throw;
        }
    }

    /// <summary>All rows in their order, in the calling thread: the thread pool of libvips costs more than a small picture.</summary>
    public void Read(PictureConversion target)
    {
        if (Orientation(image) > 1) image = Instead(Instead(image, rows => rows.CopyMemory()), whole => whole.Autorot());
        using var region = Region.New(image);
        var row = (long)image.Width * image.Bands * (image.Format == Enums.BandFormat.Ushort ? 2 : 1);
        var most = (int)Math.Max(1, StripBytes / row);
        for (var y = 0; y < image.Height; y += most)
        {
            var count = Math.Min(most, image.Height - y);
            target.Add(region.Fetch(0, y, image.Width, count), count);
        }
    }

    /// <summary>How often each value of 16 bits occurs, for each channel but alpha.</summary>
    public IReadOnlyList<long[]> CountLevels()
    {
        using var histogram = image.HistFind(); // one row of unsigned integers, as many as the largest value asks for
        var values = histogram.WriteToMemory<uint>();
        var counts = Enumerable.Range(0, Header.Colours).Select(_ => new long[LevelWindow.Levels]).ToArray();
        for (var level = 0; level < histogram.Width; level++)
            for (var c = 0; c < counts.Length; c++) counts[c][level] = values[level * histogram.Bands + c];
        return counts;
    }

    /// <summary>
    /// By its own reader: to ask each whether the file is its own costs as much as decoding a small picture. A file that is cut off is an
    /// error.
    /// </summary>
    private static NetVips.Image Load(FileKind kind, byte[] file, int shrink)
    {
        const Enums.Access Rows = Enums.Access.Sequential;
        const Enums.FailOn Damage = Enums.FailOn.Truncated;
        return kind switch
        {
            FileKind.Jpeg => NetVips.Image.JpegloadBuffer(file, shrink: shrink, access: Rows, failOn: Damage),
            FileKind.Png => NetVips.Image.PngloadBuffer(file, access: Rows, failOn: Damage),
            FileKind.WebP => NetVips.Image.WebploadBuffer(file, access: Rows, failOn: Damage),
            FileKind.Gif => NetVips.Image.GifloadBuffer(file, access: Rows, failOn: Damage),
            FileKind.Tiff => NetVips.Image.TiffloadBuffer(file, access: Rows, failOn: Damage),
            FileKind.Avif => NetVips.Image.HeifloadBuffer(file, access: Rows, failOn: Damage),
            _ => throw new Refusal(RefusalKind.NotAnImage, FileKinds.Describe(file)),
        };
    }

    private static void Check(NetVips.Image image)
    {
        if (image.Format is not (Enums.BandFormat.Uchar or Enums.BandFormat.Ushort))
            throw new Refusal(RefusalKind.SampleType,
                $"its pixels are of type {image.Format.ToString().ToLowerInvariant()}; convert it to 8 or 16 bits without a sign");
        if (image.Interpretation is not (Enums.Interpretation.Bw or Enums.Interpretation.Grey16 or Enums.Interpretation.Srgb
            or Enums.Interpretation.Rgb
            or Enums.Interpretation.Rgb16 or Enums.Interpretation.Multiband or Enums.Interpretation.Cmyk))
            throw new Refusal(RefusalKind.SampleType, $"its colours are {image.Interpretation}; convert it to RGB or grey");
    }

    /// <summary>CMYK becomes RGB by the file's own profile, or a usual one of print; of 16 bits by the upper 8.</summary>
    private static NetVips.Image OfPrint(NetVips.Image image, ref int bits)
    {
        if (image.Interpretation != Enums.Interpretation.Cmyk) return image;
        if (bits == 16)
            image = Instead(image, wide => wide.Linear([255.0 / 65535], [0.5], uchar: true)
                .Copy(interpretation: Enums.Interpretation.Cmyk));
        bits = 8;
        return Instead(image, print => print.Colourspace(Enums.Interpretation.Srgb));
    }

    /// <summary>Width and height after the file's orientation was applied; the picture itself is turned when it is read.</summary>
    private static (int Width, int Height) Seen(NetVips.Image image)
    {
        if (Orientation(image) > 1 && (long)image.Width * image.Height * image.Bands > MostTurned)
            throw new Refusal(RefusalKind.TooLarge, $"it has {image.Width} x {image.Height} pixels and lies on its side; turn it before");
        return Orientation(image) is >= 5 and <= 8 ? (image.Height, image.Width) : (image.Width, image.Height);
    }

    /// <inheritdoc cref="PictureHeader" path="/param[@name='Orientation']"/>
    private static int Orientation(NetVips.Image image) => image.Contains("orientation") ? (int)image.Get("orientation") : 1;

    private static NetVips.Image Instead(NetVips.Image image, Func<NetVips.Image, NetVips.Image> make)
    {
        var made = make(image);
        image.Dispose();
        return made;
    }

    public void Dispose() => image.Dispose();
}
