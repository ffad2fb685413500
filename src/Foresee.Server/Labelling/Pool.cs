using Foresee.Images;

namespace Foresee.Server.Labelling;

/// <summary>The images that are labelled: files, each with its full path and its path in the pool.</summary>
internal static class Pool
{
    /// <exception cref="ImageDataException">There are none, or they are no files of their own.</exception>
    public static ImageFolder Open(string pool) => ImageSources.Open(pool) as ImageFolder
        ?? throw new ImageDataException($"{pool} holds images inside other files; label mode needs a folder or a CSV file of image files.");

    public static string[] Paths(ImageFolder pool) => [.. Enumerable.Range(0, pool.Count).Select(i => Path.GetFullPath(pool.Describe(i)))];

    /// <summary>A CSV file by its ending, else a folder; of one with train/ and test/, train/.</summary>
    public static ILabelFile OpenLabels(string labels, ImageFolder pool, IEnumerable<string> known, Action<string> warn)
    {
        var isFile = labels.EndsWith(CsvLabels.Extension, StringComparison.OrdinalIgnoreCase) && !Directory.Exists(labels);
        if (isFile) return new CsvLabels(labels, known, warn);
        var paths = Paths(pool);
        return new FolderLabels(ImageSources.TrainFolder(labels) ?? labels,
            pool.Files.Select((name, i) => KeyValuePair.Create(paths[i], name)));
    }

    /// <summary>As a browser shows it: at most so many pixels on a side, upright, on white.</summary>
    /// <returns>JPEG.</returns>
    public static byte[] Picture(string path, long mostPixels, int side)
    {
        var header = ImageFile.Look(path);
        if ((long)header.Width * header.Height > mostPixels)
            throw new UnreadableImageException(RefusalKind.TooLarge, path, $"it has {header.Width} x {header.Height} pixels");
        return Thumbnail.Jpeg(ImageFile.Read(path), side);
    }
}
