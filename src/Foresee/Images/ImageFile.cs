using System.Text.RegularExpressions;
using Foresee.Torch;
using Foresee.Torch.Interop;

namespace Foresee.Images;

/// <summary>
/// Image files to pixels, by libvips through the operators of libforesee_images, which is loaded when the first file is read.
/// EXIF orientation is applied; files that are cut off are refused. Foresee computes on 8 bits per channel: of 16-bit files a window of
/// values (<see cref="LevelWindow"/>, without one all of them, v · 255 / 65535) is scaled to them, rounded, and <see cref="Image.StoredBits"/>
/// tells it, so that a loader can say how many there were. Alpha (2 or 4 channels, of which a TIFF file says that the last is alpha) stays in
/// an image as stored, and is laid on white where 1 or 3 channels are asked for.
/// </summary>
public static partial class ImageFile
{
    private const string LibraryName = "libforesee_images.so";
    private static readonly string LibraryPath = Path.Combine(AppContext.BaseDirectory, LibraryName);
    private static readonly Lazy<Operators> Library = new(() => new(LibraryPath));

    /// <summary>Whether the decoder was built, for which libvips is needed; without it only IDX files can be used.</summary>
    public static bool IsAvailable => File.Exists(LibraryPath);

    /// <summary>The endings that are taken for images, in either case: the formats that libvips reads from files it need not trust.</summary>
    public static IReadOnlySet<string> Extensions { get; } = new HashSet<string>(StringComparer.OrdinalIgnoreCase)
    {
        ".png", ".jpg", ".jpeg", ".jpe", ".webp", ".tif", ".tiff", ".gif", ".heic", ".heif", ".avif",
    };

    /// <summary>The file as it is: its own size and channels.</summary>
    public static Image Read(string path) => Decode(path, null);

    public static Image Read(string path, InputFormat fit) => Decode(path, fit);

    /// <summary>An image in memory brought into the form asked for.</summary>
    public static Image Fit(Image image, InputFormat fit, string name)
    {
        if (fit.Matches(image)) return image;
        var fitted = Run(name, library =>
        {
            using var pixels = ToTensor(image);
            return library.Fit.Call(pixels, fit.Channels, fit.Height, fit.Width, fit.Small == SmallImages.Enlarge, image.HasAlpha);
        });
        return fitted with { HasAlpha = false };
    }

    /// <inheritdoc cref="IImageSource.CountLevels"/>
    public static IReadOnlyList<long[]>? CountLevels(string path) => Run<IReadOnlyList<long[]>?>(path, library =>
    {
        using var counts = library.CountLevels.Call(path); // [C, 65536]
        var channels = (int)counts.Size(0);
        return channels == 0 ? null : [.. counts.ToArray<long>().Chunk((int)counts.Size(1))];
    });

    /// <summary>A PNG file in memory: 1, 2, 3 or 4 channels, without loss.</summary>
    public static byte[] EncodePng(Image image)
    {
        using var pixels = ToTensor(image);
        using var bytes = Library.Value.EncodePng.Call(pixels);
        return bytes.Data<byte>().ToArray();
    }

    /// <summary>A JPEG file in memory: 1 or 3 channels.</summary>
    /// <param name="quality">1 to 100.</param>
    public static byte[] EncodeJpeg(Image image, int quality)
    {
        using var pixels = ToTensor(image);
        using var bytes = Library.Value.EncodeJpeg.Call(pixels, quality);
        return bytes.Data<byte>().ToArray();
    }

    private static Tensor ToTensor(Image image) => Tensor.From(image.Pixels, image.Height, image.Width, image.Channels);

    private static Image Decode(string path, InputFormat? fit)
    {
        var (bits, alpha) = (8L, false);
        var image = Run(path, library =>
        {
            var results = library.Decode.CallAll(path, fit?.Channels ?? 0, fit?.Height ?? 0, fit?.Width ?? 0, fit?.Small == SmallImages.Enlarge, (fit?.Window ?? LevelWindow.Whole).Pairs());
            (bits, alpha) = ((long)results[1]!, (bool)results[2]!);
            return (Tensor)results[0]!;
        });
        return image with { StoredBits = (int)bits, HasAlpha = alpha };
    }

    private static Image Run(string name, Func<Operators, Tensor> operation) => Run(name, library =>
    {
        using var pixels = operation(library); // H x W x C
        var shape = pixels.Shape;
        return new Image((int)shape[1], (int)shape[0], (int)shape[2], pixels.Data<byte>().ToArray());
    });

    private static T Run<T>(string name, Func<Operators, T> operation)
    {
        var library = Library.Value;
        try
        {
            return operation(library);
        }
        catch (TorchException error) when (Smaller().Match(error.Message) is { Success: true } sizes)
        {
            throw UnreadableImageException.TooSmall(name, sizes.Groups[1].Value, sizes.Groups[2].Value, error);
        }
        catch (TorchException error)
        {
            throw new UnreadableImageException(name, error.Message);
        }
    }

    [GeneratedRegex(@"^smaller: (\d+ x \d+) below (\d+ x \d+)")]
    private static partial Regex Smaller();

    internal sealed class Operators
    {
        public Operators(string path)
        {
            if (!File.Exists(path))
                throw new ImageDataException($"Image files are read by libvips, and {path} was not built; install libvips-dev (Debian: apt-get install libvips-dev) and build again. IDX files need no libvips.");
            try
            {
                Operator.LoadLibrary(path);
            }
            catch (TorchException error)
            {
                throw new ImageDataException($"Image files are read by libvips, which does not load ({error.Message}); install libvips-dev (Debian: apt-get install libvips-dev) and build again.", error);
            }
            Decode = Operator.Find("foresee::decode_image");
            CountLevels = Operator.Find("foresee::count_levels");
            Fit = Operator.Find("foresee::fit_image");
            EncodePng = Operator.Find("foresee::encode_png");
            EncodeJpeg = Operator.Find("foresee::encode_jpeg");
        }

        public Operator Decode { get; }
        public Operator CountLevels { get; }
        public Operator Fit { get; }
        public Operator EncodePng { get; }
        public Operator EncodeJpeg { get; }
    }
}
