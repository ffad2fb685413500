namespace Foresee.Images;

/// <summary>Images from what the user names.</summary>
public static class ImageSources
{
    private static readonly string[] TestFolders = ["test", "val", "valid", "validation"];

    /// <summary>
    /// A folder of images (any depth), a folder of IDX files, one IDX or image file, or a known data set. Where train and test are told
    /// apart (train/ beside test/ or val/; train-images-... beside t10k-images-...), the training part.
    /// </summary>
    public static IImageSource Open(string pathOrName)
    {
        var path = KnownData.Resolve(pathOrName);
        if (File.Exists(path)) return OpenFile(path);
        if (IdxFolder.Is(path))
            return new IdxImages(IdxFolder.Images(path, IdxFolder.Train) ?? throw new ImageDataException($"{path} holds IDX test images but no training images (train-images-idx3-ubyte.gz); name the file itself to use it."), pathOrName);
        return TrainFolder(path) is { } train ? new ImageFolder(train, pathOrName) : new ImageFolder(path, pathOrName);
    }

    /// <summary>train/ of a folder that also has a test folder, or null.</summary>
    public static string? TrainFolder(string folder) =>
        Directory.Exists(Path.Combine(folder, "train")) && TestFolder(folder) is not null ? Path.Combine(folder, "train") : null;

    /// <summary>test/, val/, valid/ or validation/ of a folder, whichever is first found, or null.</summary>
    public static string? TestFolder(string folder) =>
        TestFolders.Select(name => Path.Combine(folder, name)).FirstOrDefault(Directory.Exists);

    private static IImageSource OpenFile(string path) => ImageFile.Extensions.Contains(Path.GetExtension(path))
        ? new ImageFolder(Path.GetDirectoryName(Path.GetFullPath(path))!, [Path.GetFileName(path)], path)
        : new IdxImages(path);
}
