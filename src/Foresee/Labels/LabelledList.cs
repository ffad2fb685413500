using Foresee.Images;

namespace Foresee.Labels;

/// <summary>A CSV file of path,label. Classes are in ordinal order.</summary>
internal static class LabelledList
{
    public static LabelledImages Open(string path, string name)
    {
        var entries = ImageList.Read(path);
        if (entries.FirstOrDefault(entry => entry.Rest is null) is { } bare)
            throw new ImageDataException($"{path} has labels for {entries.Count(entry => entry.Rest is not null)} of its {entries.Count} images; line {bare.Line} ({bare.Path}) is the first without. Write path,label in every line.");
        string[] classes = [.. entries.Select(entry => entry.Rest!).Distinct().Order(StringComparer.Ordinal)];
        if (classes.Length < 2) throw new ImageDataException($"{path} has one class only ({classes[0]}); telling classes apart needs at least two.");
        return new(ImageList.Open(path, entries, name), [.. entries.Select(entry => Array.IndexOf(classes, entry.Rest))], classes);
    }
}
