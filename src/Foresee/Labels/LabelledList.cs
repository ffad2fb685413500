using Foresee.Images;

namespace Foresee.Labels;

/// <summary>A CSV file of path,label. Classes are in ordinal order.</summary>
internal static class LabelledList
{
    private static readonly HashSet<string> Missing = new(StringComparer.OrdinalIgnoreCase) { "nan", "null", "<na>", "n/a", "#n/a" };

    /// <param name="training">For a test part: the classes of training, of which it may have fewer, not more.</param>
    public static LabelledImages Open(string path, string name, string[]? training = null)
    {
        var listing = ImageList.Read(path);
        var entries = listing.Entries;
        if (entries.FirstOrDefault(entry => entry.Rest is null) is { } bare)
            throw new ImageDataException($"{path} has labels for {entries.Count(entry => entry.Rest is not null)} of its {entries.Count} "
                + "images; "
                + $"line {bare.Line} ({bare.Path}) is the first without. Write path,label in every line.");
        if (entries.FirstOrDefault(entry => Missing.Contains(entry.Rest!)) is { } missing)
            throw new ImageDataException($"{path}, line {missing.Line} ({missing.Path}) has the label '{missing.Rest}', which programs "
                + "write where a label is missing; "
                + "write the label, or take the line out.");
        string[] classes = [.. entries.Select(entry => entry.Rest!).Distinct().Order(StringComparer.Ordinal)];
        if (training is null && classes.Length < 2)
            throw new ImageDataException($"{path} has one class only ({classes[0]}); telling classes apart needs at least two.");
        int[] labels = [.. entries.Select(entry => Array.IndexOf(classes, entry.Rest))];
        var images = new LabelledImages(ImageList.Open(path, listing, name), labels, classes);
        return training is null ? images : images.Among(training);
    }
}
