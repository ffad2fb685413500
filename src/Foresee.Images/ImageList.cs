using System.Text;
using CsvHelper;

namespace Foresee.Images;

/// <param name="Line">Where it begins in the file, from 1.</param>
/// <param name="Path">As written: absolute, or relative to the file.</param>
/// <param name="Rest">What stands beside the path, or null; images don't look at it.</param>
internal sealed record ImageListEntry(int Line, string Path, string? Rest);

/// <param name="PassedOver">Remarks, and a first line that is taken for a header although it does not say so.</param>
internal sealed record ImageListing(IReadOnlyList<ImageListEntry> Entries, IReadOnlyList<PassedOver> PassedOver);

/// <summary>
/// A CSV file with an image per record: its path, and perhaps one thing more. A field with commas, quotes or line breaks stands in quotes.
/// The first record is a header when it names neither a file that exists nor one with an image's ending. Lines that begin with # are
/// remarks.
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

    /// <summary>First fields of headers, about which nothing needs to be said.</summary>
    private static readonly HashSet<string> HeaderWords = new(StringComparer.OrdinalIgnoreCase)
    {
        "path", "paths", "file", "files", "filename", "file_name", "filepath", "file_path", "image", "images", "image_path", "img",
            "img_path", "name",
        "path;label", "path\tlabel", "label", "",
    };

    public static bool Is(string path) => path.EndsWith(Extension, StringComparison.OrdinalIgnoreCase);

    /// <summary>The images alone. A missing file is found when it is read, like any unreadable image.</summary>
    public static ImageFolder Open(string path, string name) => Open(path, Read(path), name);

    public static ImageFolder Open(string path, ImageListing listing, string name) =>
        new(FolderOf(path), [.. listing.Entries.Select(entry => entry.Path)], name) { PassedOver = listing.PassedOver };

    /// <exception cref="ImageDataException">
    /// Empty, or a line that is no path with at most one thing beside it, or a path that comes twice.
    /// </exception>
    public static ImageListing Read(string path)
    {
        try
        {
            using var reader = CsvReader.FromFile(path, reading);
            var listing = Read(reader, path);
            return listing.Entries.Count > 0
                ? listing
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

    private static ImageListing Read(CsvReader reader, string path)
    {
        var (entries, lines, passed) = (new List<ImageListEntry>(), new Dictionary<string, int>(), new PassedOverCounts());
        for (var first = true; reader.Read();)
        {
            var (line, fields) = ((int)reader.LineNumber, Fields(reader));
            if (fields is [""]) continue; // spaces only
            if (IsRemark(path, fields[0])) passed.Add(PassedOverReasons.Remark, "", $"line {line}");
            else if (first && IsHeader(path, fields))
            {
                if (!HeaderWords.Contains(fields[0])) passed.Add(PassedOverReasons.Header, "", $"'{string.Join(',', fields)}'");
                first = false;
            }
            else
            {
                first = false;
                if (Fault(fields) is { } fault)
                    throw new ImageDataException($"{path}, line {line} is '{Encoding.UTF8.GetString(reader.RawRecord).Trim()}': {fault}");
                var full = Path.GetFullPath(fields[0], FolderOf(path));
                if (!lines.TryAdd(full, line))
                    throw new ImageDataException($"{path}, line {line} names {fields[0]} again (first in line {lines[full]}); name each "
                        + "image once.");
                entries.Add(new(line, fields[0], fields is [_, { Length: > 0 } rest] ? rest : null));
            }
        }
        return new(entries, passed.All);
    }

    /// <summary>Without the empty ones at the end, which tables of other programs leave behind.</summary>
    private static string[] Fields(CsvReader reader)
    {
        string[] fields = [.. Enumerable.Range(0, reader.FieldCount).Select(reader.GetString)];
        var last = Array.FindLastIndex(fields, field => field.Length > 0);
        return fields[..Math.Max(1, last + 1)];
    }

    /// <summary>What keeps a line from being a path with at most one thing beside it, and what to do; null where nothing does.</summary>
    private static string? Fault(string[] fields)
    {
        const string Expected = "write path,label or a path alone";
        if (fields is [var alone] && alone.IndexOfAny([';', '\t']) is > 0 and var at && IsImage(alone[..at].Trim()))
            return $"its fields stand apart by {(alone[at] == ';' ? "';'" : "a tab")}, expected ','; {Expected}.";
        if (fields[0].Length == 0) return $"the path is missing; {Expected}.";
        if (fields.Length > 2)
            return $"{fields.Length} columns{(IsImage(fields[1]) ? ", of which the second is the path" : "")}; {Expected}, and put a path "
                + "that holds a comma in quotes.";
        return fields is [var one, var other] && IsImage(other) && !IsImage(one) ? $"the label stands before the path; {Expected}." : null;
    }

    private static bool IsImage(string path) => ImageFile.Extensions.Contains(Path.GetExtension(path));

    private static bool IsRemark(string path, string field) => field.StartsWith('#') && !File.Exists(Path.Combine(FolderOf(path), field));

    private static string FolderOf(string path) => Path.GetDirectoryName(Path.GetFullPath(path))!;

    private static bool IsHeader(string path, string[] fields) =>
        !fields.Any(IsImage) && !IsImage(fields[0].Split(';', '\t')[0].Trim()) && !File.Exists(Path.Combine(FolderOf(path), fields[0]));
}
