using System.Text;

namespace Foresee.Images;

/// <param name="Line">In the file, from 1.</param>
/// <param name="Path">As written: absolute, or relative to the file.</param>
/// <param name="Rest">What stands beside the path, or null; images don't look at it.</param>
internal sealed record ImageListEntry(int Line, string Path, string? Rest);

/// <summary>
/// A CSV file with an image per line: its path, and perhaps one thing more. A field with commas stands in quotes. The first line is
/// a header when it names neither a file that exists nor one with an image's ending.
/// </summary>
internal static class ImageList
{
    public const string Extension = ".csv";

    public static bool Is(string path) => path.EndsWith(Extension, StringComparison.OrdinalIgnoreCase);

    /// <summary>The images alone. A missing file is found when it is read, like any unreadable image.</summary>
    public static ImageFolder Open(string path, string name) => Open(path, Read(path), name);

    public static ImageFolder Open(string path, IReadOnlyList<ImageListEntry> entries, string name) => new(FolderOf(path), [.. entries.Select(entry => entry.Path)], name);

    /// <exception cref="ImageDataException">Empty, or a line that is no path with at most one thing beside it, or a path that comes twice.</exception>
    public static IReadOnlyList<ImageListEntry> Read(string path)
    {
        var (entries, lines) = (new List<ImageListEntry>(), new Dictionary<string, int>());
        var (number, first) = (0, true);
        foreach (var text in Lines(path))
        {
            number++;
            if (string.IsNullOrWhiteSpace(text)) continue;
            var fields = Fields(text) ?? throw new ImageDataException($"{path}, line {number} opens a quote and does not close it: {text}");
            var file = fields[0];
            var header = first && IsHeader(path, file);
            first = false;
            if (header) continue;
            if (file.Length == 0 || fields.Count > 2)
                throw new ImageDataException($"{path}, line {number} is '{text}', expected path,label or a path alone; put a path that holds a comma in quotes.");
            var full = Path.GetFullPath(file, FolderOf(path));
            if (!lines.TryAdd(full, number))
                throw new ImageDataException($"{path}, line {number} names {file} again (first in line {lines[full]}); name each image once.");
            entries.Add(new(number, file, fields.Count == 2 && fields[1].Length > 0 ? fields[1] : null));
        }
        return entries.Count > 0 ? entries : throw new ImageDataException($"{path} names no images; write one path,label per line, each path relative to this file.");
    }

    private static IEnumerable<string> Lines(string path)
    {
        try
        {
            return File.ReadAllLines(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new ImageDataException($"{path} can't be opened: {error.Message}", error);
        }
    }

    private static string FolderOf(string path) => Path.GetDirectoryName(Path.GetFullPath(path))!;

    private static bool IsHeader(string path, string file) => !ImageFile.Extensions.Contains(Path.GetExtension(file)) && !File.Exists(Path.Combine(FolderOf(path), file));

    /// <summary>Null where a quote is left open.</summary>
    private static List<string>? Fields(string line)
    {
        var (fields, field, quoted) = (new List<string>(), new StringBuilder(), false);
        for (var i = 0; i < line.Length; i++)
        {
            if (line[i] == '"' && quoted && i + 1 < line.Length && line[i + 1] == '"') field.Append(line[i++]);
            else if (line[i] == '"') quoted = !quoted;
            else if (line[i] != ',' || quoted) field.Append(line[i]);
            else
            {
                fields.Add(field.ToString().Trim());
                field.Clear();
            }
        }
        fields.Add(field.ToString().Trim());
        return quoted ? null : fields;
    }
}
