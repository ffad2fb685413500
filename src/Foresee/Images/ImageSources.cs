namespace Foresee.Images;

/// <summary>Images from what the user names.</summary>
public static class ImageSources
{
    private static readonly string[] TestFolders = ["test", "val", "valid", "validation"];
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
            return new IdxImages(IdxFolder.Images(path, IdxFolder.Train) ?? throw new ImageDataException($"{path} holds IDX test images but no training images (train-images-idx3-ubyte.gz); name the file itself to use it."), pathOrName);
        if (RecordFolder.Find(path) is { } records) return new RecordImages(records.Format, [.. records.Train, .. records.Unlabelled], pathOrName);
        if (TrainFolder(path) is not { } train) return new ImageFolder(path, pathOrName);
        if (UnlabelledFolder(path) is not { } unlabelled) return new ImageFolder(train, pathOrName);
        return new ImageFolder(path, [.. Below(path, train), .. Below(path, unlabelled)], pathOrName);
    }

    /// <summary>Only those of the training images that have no labels and stand apart for it (unsup/, unlabeled_X.bin), or null.</summary>
    public static IImageSource? OpenUnlabelled(string pathOrName)
    {
        var path = KnownData.Resolve(pathOrName);
        if (File.Exists(path) || IdxFolder.Is(path)) return null;
        if (RecordFolder.Find(path) is { } records) return records.Unlabelled.Count > 0 ? new RecordImages(records.Format, records.Unlabelled) : null;
        return TrainFolder(path) is not null && UnlabelledFolder(path) is { } folder ? new ImageFolder(folder) : null;
    }

    /// <summary>train/ of a folder that also has a test folder or one without labels, or null.</summary>
    public static string? TrainFolder(string folder) =>
        Directory.Exists(Path.Combine(folder, "train")) && (TestFolder(folder) ?? UnlabelledFolder(folder)) is not null ? Path.Combine(folder, "train") : null;

    /// <summary>test/, val/, valid/ or validation/ of a folder, whichever is first found, or null.</summary>
    public static string? TestFolder(string folder) => First(folder, TestFolders);

    private static string? UnlabelledFolder(string folder) => First(folder, UnlabelledFolders);

    private static string? First(string folder, string[] names) => names.Select(name => Path.Combine(folder, name)).FirstOrDefault(Directory.Exists);

    private static IEnumerable<string> Below(string folder, string part) => ImageFolder.Find(part).Select(file => $"{Path.GetFileName(part)}/{file}");

    private static IImageSource OpenFile(string path)
    {
        if (ImageList.Is(path)) return ImageList.Open(path, path);
        return ImageFile.Extensions.Contains(Path.GetExtension(path))
            ? new ImageFolder(Path.GetDirectoryName(Path.GetFullPath(path))!, [Path.GetFileName(path)], path)
            : new IdxImages(path);
    }
}
