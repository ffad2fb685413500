namespace Foresee.Images;

/// <summary>Images from what the user names.</summary>
public static class ImageSources
{
    private static readonly string[] TrainFolders = ["train", "training"];
    private static readonly string[] TestFolders = ["test", "testing", "val", "valid", "validation"];
    private static readonly string[] UnlabelledFolders = ["unsup", "unlabelled", "unlabeled"];

    /// <summary>
    /// A folder of images (any depth), a folder of IDX files or of CIFAR's or STL-10's binary files, a CSV file that names images, one
    /// IDX or image file, or a known data set. Where train and test are told apart (train/ beside test/ or val/; train-images-... beside
    /// t10k-images-...), the training part, and with it those without labels (unsup/, unlabeled_X.bin).
    /// </summary>
    public static IImageSource Open(string pathOrName)
    {
        var path = KnownData.Resolve(pathOrName);
        if (File.Exists(path)) return OpenFile(path);
        if (IdxFolder.Is(path))
            return new IdxImages(IdxFolder.Images(path, IdxFolder.Train)
                ?? throw new ImageDataException($"{path} holds IDX test images but no training images (train-images-idx3-ubyte.gz); name "
                    + "the file itself to use it."), pathOrName);
        if (RecordFolder.Find(path) is { } records)
            return new RecordImages(records.Format, [.. records.Train, .. records.Unlabelled], pathOrName);
        if (TrainFolder(path) is not { } train)
        {
            RefuseSplitsBelow(path);
            return new ImageFolder(path, pathOrName);
        }
        if (UnlabelledFolder(path) is not { } unlabelled) return new ImageFolder(train, pathOrName);
        var (first, second) = (ImageFolder.Find(train), ImageFolder.Find(unlabelled));
        return new ImageFolder(path, [.. Below(train, first), .. Below(unlabelled, second)],
            pathOrName)
        { PassedOver = [.. first.PassedOver, .. second.PassedOver] };
    }

    /// <summary>Only those of the training images that have no labels and stand apart for it (unsup/, unlabeled_X.bin), or null.</summary>
    public static IImageSource? OpenUnlabelled(string pathOrName)
    {
        var path = KnownData.Resolve(pathOrName);
        if (File.Exists(path) || IdxFolder.Is(path)) return null;
        if (RecordFolder.Find(path) is { } records)
            return records.Unlabelled.Count > 0 ? new RecordImages(records.Format, records.Unlabelled) : null;
        return TrainFolder(path) is not null && UnlabelledFolder(path) is { } folder ? new ImageFolder(folder) : null;
    }

    /// <summary>
    /// train/ of a folder that also has a test folder or one without labels, or null. Capital letters don't matter: a Test/ taken for a
    /// class would be pretrained on.
    /// </summary>
    public static string? TrainFolder(string folder) =>
        (TestFolder(folder) ?? UnlabelledFolder(folder)) is null ? null : Named(folder, TrainFolders).FirstOrDefault();

    /// <summary>
    /// test/, testing/, val/, valid/ or validation/ of a folder, the first that has folders in it (ImageNet's test/ has no classes, its
    /// val/ has), or null.
    /// </summary>
    public static string? TestFolder(string folder)
    {
        var found = Named(folder, TestFolders);
        return found.FirstOrDefault(part => Directory.EnumerateDirectories(part).Any()) ?? found.FirstOrDefault();
    }

    private static string? UnlabelledFolder(string folder) => Named(folder, UnlabelledFolders).FirstOrDefault();

    /// <summary>In the order of the names; none of a folder that can't be listed, which whoever walks through it names.</summary>
    private static List<string> Named(string folder, string[] names)
    {
        int Place(string path) => Array.FindIndex(names, name => name.Equals(Path.GetFileName(path), StringComparison.OrdinalIgnoreCase));
        return [.. Folders(folder).Where(path => Place(path) >= 0).OrderBy(Place).ThenByDescending(path => path, StringComparer.Ordinal)];
    }

    private static string[] Folders(string folder)
    {
        try
        {
            return Directory.Exists(folder) ? Directory.GetDirectories(folder) : [];
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    private static IEnumerable<string> Below(string part, FolderWalk walk) => walk.Files.Select(file => $"{Path.GetFileName(part)}/{file}");

    /// <summary>A folder unpacked one level too deep: its test images must not be taken for any others.</summary>
    /// <exception cref="ImageDataException">Names the folder that was meant.</exception>
    internal static void RefuseSplitsBelow(string path)
    {
        var inner = Folders(path).Order(StringComparer.Ordinal)
            .FirstOrDefault(folder => TrainFolder(folder) is not null && TestFolder(folder) is not null);
        if (inner is null) return;
        throw new ImageDataException($"{path} holds {Path.GetFileName(inner)}, which has {Path.GetFileName(TrainFolder(inner))}/ and "
            + $"{Path.GetFileName(TestFolder(inner))}/ "
            + $"below it; name {inner}, so that test images stay apart.");
    }

    private static IImageSource OpenFile(string path)
    {
        if (ImageList.Is(path)) return ImageList.Open(path, path);
        return ImageFile.Extensions.Contains(Path.GetExtension(path))
            ? new ImageFolder(Path.GetDirectoryName(Path.GetFullPath(path))!, [Path.GetFileName(path)], path)
            : new IdxImages(path);
    }
}
