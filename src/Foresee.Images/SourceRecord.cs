using System.Text.Json;

namespace Foresee.Images;

/// <summary>Which images a source held, in a file beside a run: when they have changed, it can be said which.</summary>
public static class SourceRecord
{
    public const string FileName = "images.json";
    private static readonly JsonSerializerOptions Style = new(JsonSerializerDefaults.Web) { WriteIndented = false };

    /// <summary>Writes one entry for each image; nothing where images are no files of their own.</summary>
    public static void Write(IImageSource images, string path, CancellationToken cancel = default)
    {
        if (images.Fingerprints(cancel) is { Count: > 0 } prints) File.WriteAllText(path, JsonSerializer.Serialize(prints, Style));
    }

    /// <summary>In which way the images differ from those that were written, in words; null where that is not known.</summary>
    public static string? Differences(string path, IImageSource images, CancellationToken cancel = default)
    {
        if (Read(path) is not { } before) return null;
        var now = images.Fingerprints(cancel).ToDictionary(print => print.Name, print => print.Content, StringComparer.Ordinal);
        var then = before.ToDictionary(print => print.Name, print => print.Content, StringComparer.Ordinal);
        string[] added = [.. now.Keys.Where(name => !then.ContainsKey(name))], gone = [.. then.Keys.Where(name => !now.ContainsKey(name))];
        string[] changed = [.. then.Where(print => now.TryGetValue(print.Key, out var content) && content != print.Value)
            .Select(print => print.Key)];
        (string Word, string[] Names)[] kinds = [("added", added), ("gone", gone), ("changed", changed)];
        var told = kinds.Where(kind => kind.Names.Length > 0).Select(kind => $"{kind.Names.Length} {kind.Word} ({First(kind.Names)})");
        return $"{now.Count} images, then {then.Count}: {string.Join(", ", told)}";
    }

    private static string First(string[] names) => names.Length == 1 ? names[0] : $"first {names.Min(StringComparer.Ordinal)}";

    private static ImageFingerprint[]? Read(string path)
    {
        try
        {
            return File.Exists(path) ? JsonSerializer.Deserialize<ImageFingerprint[]>(File.ReadAllText(path), Style) : null;
        }
        catch (Exception error) when (error is IOException or JsonException or UnauthorizedAccessException)
        {
            return null; // it only explains; that the images differ is known without it
        }
    }
}
