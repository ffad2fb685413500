using System.Text.RegularExpressions;

namespace Foresee.Images;

/// <summary>
/// The IDX files of a folder by the MNIST family's names: train-images-idx3-ubyte(.gz), t10k-images-idx3-ubyte(.gz), and the same
/// with "labels" and "idx1"; a prefix (emnist-letters-train-...) and a dot instead of the last hyphen before "idx" occur too.
/// </summary>
public static partial class IdxFolder
{
    public const string Train = "train", Test = "t10k";

    /// <summary>Whether the folder holds IDX image files.</summary>
    public static bool Is(string folder) => Directory.EnumerateFiles(folder).Any(file => ImageName().IsMatch(Path.GetFileName(file)));

    /// <summary>The image file of a part (train or t10k), or null.</summary>
    /// <exception cref="ImageDataException">Several files fit.</exception>
    public static string? Images(string folder, string part) => Find(folder, part, ImageName());

    /// <summary>The label file of a part, or null.</summary>
    public static string? Labels(string folder, string part) => Find(folder, part, LabelName());

    private static string? Find(string folder, string part, Regex pattern)
    {
        var found = Directory.EnumerateFiles(folder)
            .Where(file => pattern.Match(Path.GetFileName(file)) is { Success: true } match && PartOf(match.Groups[1].Value) == part)
            .Order(StringComparer.Ordinal).ToArray();
        if (found.Length == 2 && found[1] == found[0] + ".gz") return found[0]; // unpacked beside the original
        return found.Length <= 1
            ? found.FirstOrDefault()
            : throw new ImageDataException($"{folder} holds several {part} files: {string.Join(", ", found.Select(Path.GetFileName))}; "
                + "keep one set per folder.");
    }

    private static string PartOf(string prefix) =>
        prefix.EndsWith("t10k", StringComparison.Ordinal) || prefix.EndsWith("test", StringComparison.Ordinal) ? Test : Train;

    [GeneratedRegex(@"^(.*?)[-.]?images[-.]idx[34][-.]ubyte(\.gz)?$")]
    private static partial Regex ImageName();

    [GeneratedRegex(@"^(.*?)[-.]?labels[-.]idx1[-.]ubyte(\.gz)?$")]
    private static partial Regex LabelName();
}
