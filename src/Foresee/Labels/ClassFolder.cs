using Foresee.Images;

namespace Foresee.Labels;

/// <summary>A folder with one folder of images per class; the class is named as its folder. Classes are in ordinal order.</summary>
internal static class ClassFolder
{
    /// <param name="classes">For a test part: the classes of training, of which it may have fewer, not more.</param>
    public static LabelledImages Open(string folder, string name, string[]? classes = null)
    {
        var files = ImageFolder.Find(folder);
        if (files.FirstOrDefault(file => !file.Contains('/', StringComparison.Ordinal)) is { } loose)
            throw new ImageDataException($"{folder} has images beside its class folders ({loose}); move each into the folder of its class.");
        var found = files.Select(ClassOf).Distinct().Order(StringComparer.Ordinal).ToArray();
        if (classes is null && found.Length < 2)
            throw new ImageDataException($"{folder} has one class only ({found[0]}); telling classes apart needs at least two folders with images.");
        classes ??= found;
        var numbers = classes.Select((label, number) => (label, number)).ToDictionary(pair => pair.label, pair => pair.number);
        if (found.FirstOrDefault(label => !numbers.ContainsKey(label)) is { } unknown)
            throw new ImageDataException($"{folder} has the class {unknown}, which training does not have ({string.Join(", ", classes.Take(20))}); name the folders alike.");
        return new(new ImageFolder(folder, files, name), [.. files.Select(file => numbers[ClassOf(file)])], classes);
    }

    private static string ClassOf(string file) => file[..file.IndexOf('/', StringComparison.Ordinal)];
}
