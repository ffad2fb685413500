using Foresee.Images.Decoding;
using NetVips;

namespace Foresee.Images;

/// <summary>
/// Image files to pixels, by libvips as the package NetVips.Native brings it, so that a file gives the same pixels on every system.
/// EXIF orientation is applied; files that are cut off are refused. Foresee computes on 8 bits per channel: of 16-bit files a window of
/// values (<see cref="LevelWindow"/>, without one all of them, v · 255 / 65535) is scaled to them, rounded, and <see
/// cref="Image.StoredBits"/>
/// tells it, so that a loader can say how many there were. Alpha (2 or 4 channels, of which a TIFF file says that the last is alpha) stays
/// in
/// an image as stored, and is laid on white where 1 or 3 channels are asked for.
/// </summary>
public static class ImageFile
{
    /// <summary>The endings that are taken for images, in either case. What a file holds decides how it is read, not its ending.</summary>
    public static IReadOnlySet<string> Extensions { get; } = new HashSet<string>(StringComparer.OrdinalIgnoreCase)
    {
        ".png", ".jpg", ".jpeg", ".jpe", ".jfif", ".webp", ".tif", ".tiff", ".gif", ".avif", ".heic", ".heif", ".bmp", ".dib", ".pgm",
            ".ppm", ".pnm", ".pbm",
    };

    /// <summary>The file as it is: its own size and channels.</summary>
    /// <exception cref="UnreadableImageException">It is no image, damaged, or of values that are not computed on.</exception>
    public static Image Read(string path) => Named(path, () => Decode(FileContent.Read(path), null));

    /// <inheritdoc cref="Read(string)"/>
    public static Image Read(string path, InputFormat fit) => Named(path, () => Decode(FileContent.Read(path), fit));

    /// <summary>A file that came from elsewhere, by its content.</summary>
    /// <param name="name">For errors.</param>
    /// <inheritdoc cref="Read(string)"/>
    public static Image Read(byte[] file, string name, InputFormat fit) => Named(name, () => Decode(NotEmpty(file), fit));

    /// <summary>What the file says of its picture, without decoding it; damage further back is not found.</summary>
    /// <inheritdoc cref="Read(string)"/>
    public static PictureHeader Look(string path) => Named(path, () => Look(FileContent.Read(path)));

    /// <inheritdoc cref="Look(string)"/>
    /// <param name="name">For errors.</param>
    public static PictureHeader Look(byte[] file, string name) => Named(name, () => Look(NotEmpty(file)));

    private static PictureHeader Look(byte[] file) => Stored(file)?.Header ?? Open(file, picture => picture.Header);

    private static byte[] NotEmpty(byte[] file) => file.Length > 0 ? file : throw new Refusal(RefusalKind.NotAFile, "it is empty");

    /// <summary>An image in memory brought into the form asked for.</summary>
    public static Image Fit(Image image, InputFormat fit, string name) =>
        fit.Matches(image) ? image : Named(name, () => Convert(new(image.Header with { Bits = 8 }, () => image.Pixels), fit));

    /// <inheritdoc cref="IImageSource.CountLevels"/>
    public static IReadOnlyList<long[]>? CountLevels(string path) => Named(path, () =>
    {
        var file = FileContent.Read(path);
        if (Stored(file) is { } stored) return stored.Header.Bits == 16 ? Levels.Count(stored.Rows(), stored.Header.Channels) : null;
        return Open(file, picture => picture.Header.Bits == 16 ? picture.CountLevels() : null);
    });

    /// <summary>A PNG file in memory: 1, 2, 3 or 4 channels, without loss.</summary>
    public static byte[] EncodePng(Image image) => Encode(image, picture => picture.PngsaveBuffer());

    /// <summary>A JPEG file in memory: 1 or 3 channels.</summary>
    /// <param name="quality">1 to 100.</param>
    public static byte[] EncodeJpeg(Image image, int quality) => Encode(image, picture => picture.JpegsaveBuffer(q: quality));

    private static byte[] Encode(Image image, Func<NetVips.Image, byte[]> save)
    {
        if (image.Channels > 4)
            throw new ArgumentException($"A picture to be written has 1 to 4 channels, got {image.Channels}.", nameof(image));
        return Vips.Run(() =>
        {
            using var raw = NetVips.Image.NewFromMemory(image.Pixels, image.Width, image.Height, image.Channels, Enums.BandFormat.Uchar);
            using var named = raw.Copy(interpretation: image.Channels < 3 ? Enums.Interpretation.Bw : Enums.Interpretation.Srgb);
            return save(named);
        });
    }

    private static T Named<T>(string name, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Refusal refusal)
        {
            throw new UnreadableImageException(refusal.Kind, name, refusal.Message);
        }
        catch (Exception error) when (error is not (ImageDataException or OperationCanceledException))
        {
            // Whatever a hostile file brings about: it is this file's reason, and the next one is read.
            var words = error is OutOfMemoryException
                ? "it needs more memory than there is"
                : $"reading it failed: {error.Message.Split('\n')[0]}";
            throw new UnreadableImageException(RefusalKind.Damaged, name, words);
        }
    }

    private static Image Decode(byte[] file, InputFormat? fit)
    {
        if (Stored(file) is { } stored) return Convert(stored, fit);
        return Open(file, picture =>
        {
            if (fit is not null) PictureConversion.Check(picture.Header, fit);
            var shrink = fit is null ? 1 : Shrink(file, picture.Header, fit);
            if (shrink == 1) return Read(picture, fit);
            using var shrunk = VipsPicture.Open(FileKind.Jpeg, file, shrink);
            return Read(shrunk, fit);
        });
    }

    private static Image Read(VipsPicture picture, InputFormat? fit)
    {
        var header = picture.Header;
        var conversion = new PictureConversion(header, fit, header.Height, header.Width);
        picture.Read(conversion);
        return conversion.Finish(header.Height, header.Width);
    }

    private static Image Convert(StoredPicture picture, InputFormat? fit)
    {
        var header = picture.Header;
        if (fit is not null) PictureConversion.Check(header, fit);
        var conversion = new PictureConversion(header, fit, header.Height, header.Width);
        conversion.Add(picture.Rows(), header.Height);
        return conversion.Finish(header.Height, header.Width);
    }

    /// <summary>Of the formats that libvips does not read, and that are read here.</summary>
    private static StoredPicture? Stored(byte[] file) => FileKinds.Of(file) switch
    {
        FileKind.Bitmap => BitmapPicture.Read(file),
        FileKind.Portable => PortablePicture.Read(file),
        _ => null,
    };

    /// <summary>
    /// JPEG leaves out fine frequencies while it decodes. A factor of two is left for the filter, so that sharpness does not suffer.
    /// </summary>
    private static int Shrink(byte[] file, PictureHeader header, InputFormat fit)
    {
        if (FileKinds.Of(file) != FileKind.Jpeg) return 1;
        return Reduction.Factor(header.Height, header.Width, fit.ReadHeight, fit.ReadWidth) switch
        {
            < 4 => 1,
            < 8 => 2,
            < 16 => 4,
            _ =>
            8
        };
    }

    /// <summary>Reads by libvips, and says in plain words what is wrong with the file where it can't.</summary>
    private static T Open<T>(byte[] file, Func<VipsPicture, T> read)
    {
        var kind = FileKinds.Of(file);
        if (kind == FileKind.Unknown) throw new Refusal(RefusalKind.NotAnImage, FileKinds.Describe(file));
        try
        {
            return Vips.Run(() =>
            {
                using var picture = VipsPicture.Open(kind, file);
                return read(picture);
            }, explained: () => FileKinds.IsCutOff(kind, file));
        }
        catch (VipsException error)
        {
            throw FileKinds.IsCutOff(kind, file)
                ? Refusal.CutOff()
                : new Refusal(RefusalKind.Damaged,
                $"its {FileKinds.Name(kind)} data are damaged, or of a kind that is not read ({Vips.Words(error)})");
        }
    }
}
