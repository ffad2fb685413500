using Foresee.Images;

namespace Foresee.Labels;

/// <summary>A folder with one folder of images per class; the class is named as its folder. Classes are in ordinal order.</summary>
internal static class ClassFolder
{
    /// <param name="training">For a test part: the classes of training, of which it may have fewer, not more.</param>
    public static LabelledImages Open(string folder, string name, string[]? training = null)
    {
        var walk = ImageFolder.Find(folder);
        if (walk.Files.FirstOrDefault(file => !file.Contains('/', StringComparison.Ordinal)) is { } loose)
            throw new ImageDataException($"{folder} has images beside its class folders ({loose}); move each into the folder of its "
                + "class.");
        string[] classes = [.. walk.Files.Select(ClassOf).Distinct().Order(StringComparer.Ordinal)];
        if (training is null && classes.Length < 2)
        {
            var passed = walk.PassedOver.Count == 0 ? "" : $" Passed over: {string.Join("; ", walk.PassedOver)}.";
            throw new ImageDataException($"{folder} has one class only ({classes[0]}); telling classes apart needs at least two folders "
                + $"with images.{Below(folder, classes[0])}{passed}");
        }
        int[] labels = [.. walk.Files.Select(file => Array.BinarySearch(classes, ClassOf(file), StringComparer.Ordinal))];
        var images = new LabelledImages(new ImageFolder(folder, walk, name), labels, classes) { Empty = walk.EmptyFolders };
        return training is null ? images : images.Among(training);
    }

    /// <summary>Where class folders lie one level further down: a train/ without test/, or a folder unpacked one level too deep.</summary>
    private static string Below(string folder, string only) =>
        Directory.GetDirectories(Path.Combine(folder, only)) is { Length: > 1 } inner
            ? $" If the {inner.Length} folders in it are the classes, name {Path.Combine(folder, only)}." : "";

    private static string ClassOf(string file) => file[..file.IndexOf('/', StringComparison.Ordinal)];
}
