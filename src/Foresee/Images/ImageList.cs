using System.Text;
using CsvHelper;

namespace Foresee.Images;

/// <param name="Line">Where it begins in the file, from 1.</param>
/// <param name="Path">As written: absolute, or relative to the file.</param>
/// <param name="Rest">What stands beside the path, or null; images don't look at it.</param>
internal sealed record ImageListEntry(int Line, string Path, string? Rest);

/// <summary>
/// A CSV file with an image per record: its path, and perhaps one thing more. A field with commas, quotes or line breaks stands in quotes.
/// The first record is a header when it names neither a file that exists nor one with an image's ending.
/// </summary>
internal static class ImageList
{
    public const string Extension = ".csv";

    private static readonly CsvReaderOptions reading = new()
    {
        HasHeader = false,
        Separator = ',',
        TrimWhitespace = true,
        TrackLineNumbers = true,
        MalformedData = CsvMalformedDataHandling.Throw,
    };

    public static bool Is(string path) => path.EndsWith(Extension, StringComparison.OrdinalIgnoreCase);

    /// <summary>The images alone. A missing file is found when it is read, like any unreadable image.</summary>
    public static ImageFolder Open(string path, string name) => Open(path, Read(path), name);

    public static ImageFolder Open(string path, IReadOnlyList<ImageListEntry> entries, string name) =>
        new(FolderOf(path), [.. entries.Select(entry => entry.Path)], name);

    /// <exception cref="ImageDataException">
    /// Empty, or a line that is no path with at most one thing beside it, or a path that comes twice.
    /// </exception>
    public static IReadOnlyList<ImageListEntry> Read(string path)
    {
        try
        {
            using var reader = CsvReader.FromFile(path, reading);
            var entries = Read(reader, path);
            return entries.Count > 0
                ? entries
                : throw new ImageDataException($"{path} names no images; write one path,label per line, each path relative to this file.");
        }
        catch (CsvFormatException error)
        {
            throw new ImageDataException($"{path} is not a CSV file: {error.Message}", error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new ImageDataException($"{path} can't be opened: {error.Message}", error);
        }
    }

    private static List<ImageListEntry> Read(CsvReader reader, string path)
    {
        var (entries, lines) = (new List<ImageListEntry>(), new Dictionary<string, int>());
        for (var first = true; reader.Read(); first = false)
        {
            var (line, file) = ((int)reader.LineNumber, reader.GetString(0));
            if (reader.FieldCount == 1 && file.Length == 0) continue; // spaces only
            if (first && IsHeader(path, file)) continue;
            if (file.Length == 0 || reader.FieldCount > 2)
                throw new ImageDataException($"{path}, line {line} is '{Encoding.UTF8.GetString(reader.RawRecord)}', "
                    + "expected path,label or a path alone; put a path that holds a comma in quotes.");
            var full = Path.GetFullPath(file, FolderOf(path));
            if (!lines.TryAdd(full, line))
                throw new ImageDataException($"{path}, line {line} names {file} again (first in line {lines[full]}); name each image once.");
            entries.Add(new(line, file, reader.FieldCount == 2 && reader.GetString(1) is { Length: > 0 } rest ? rest : null));
        }
        return entries;
    }

    private static string FolderOf(string path) => Path.GetDirectoryName(Path.GetFullPath(path))!;

    private static bool IsHeader(string path, string file) =>
        !ImageFile.Extensions.Contains(Path.GetExtension(file)) && !File.Exists(Path.Combine(FolderOf(path), file));
}
