using Foresee.Images;

namespace Foresee.Labels;

/// <summary>A CSV file of path,label. Classes are in ordinal order.</summary>
internal static class LabelledList
{
    /// <param name="training">For a test part: the classes of training, of which it may have fewer, not more.</param>
    public static LabelledImages Open(string path, string name, string[]? training = null)
    {
        var entries = ImageList.Read(path);
        if (entries.FirstOrDefault(entry => entry.Rest is null) is { } bare)
            throw new ImageDataException($"{path} has labels for {entries.Count(entry => entry.Rest is not null)} of its {entries.Count} images; line {bare.Line} ({bare.Path}) is the first without. Write path,label in every line.");
        string[] classes = [.. entries.Select(entry => entry.Rest!).Distinct().Order(StringComparer.Ordinal)];
        if (training is null && classes.Length < 2) throw new ImageDataException($"{path} has one class only ({classes[0]}); telling classes apart needs at least two.");
        var images = new LabelledImages(ImageList.Open(path, entries, name), [.. entries.Select(entry => Array.IndexOf(classes, entry.Rest))], classes);
        return training is null ? images : images.Among(training);
    }
}
