using CsvHelper;
using Foresee.Images;
using Foresee.Torch.Files;

namespace Foresee.Runs;

/// <summary>
/// unreadable.csv: the images that a run could not read, with the reason of each. There is none where all could be read, or none was met
/// yet.
/// </summary>
public static class UnreadableFile
{
    public const string FileName = "unreadable.csv";
    private const string Header = "file,reason";

    private static readonly CsvReaderOptions reading = new() { Separator = ',', MalformedData = CsvMalformedDataHandling.Throw };

    /// <summary>Adds those that the folder's file does not name yet.</summary>
    internal static void Add(string folder, IReadOnlyList<SkippedImage> skipped)
    {
        if (skipped.Count == 0) return;
        var path = Path.Combine(folder, FileName);
        var all = new OrderedDictionary<string, string>();
        foreach (var (file, reason) in Read(folder)) all[file] = reason;
        var before = all.Count;
        foreach (var image in skipped) all[image.File] = image.Reason;
        if (all.Count == before) return;
        var text = new StringWriter();
        using (var csv = CsvWriter.Create(text, new() { NewLine = "\n" }))
        {
            csv.WriteHeader(Header.Split(','));
            foreach (var (file, reason) in all) csv.WriteRecord([file, reason]);
        }
        AtomicFile.Write(path, text.ToString());
    }

    /// <summary>Files and reasons; none where there is no such file, or it can't be understood.</summary>
    public static IReadOnlyList<(string File, string Reason)> Read(string folder)
    {
        var path = Path.Combine(folder, FileName);
        if (!File.Exists(path)) return [];
        try
        {
            using var reader = CsvReader.FromFile(path, reading);
            var rows = new List<(string, string)>();
            while (reader.Read()) rows.Add((reader.GetString(0), reader.FieldCount > 1 ? reader.GetString(1) : ""));
            return rows;
        }
        catch (Exception error) when (error is CsvFormatException or IOException or UnauthorizedAccessException)
        {
            return []; // it is a list for people; the next checkpoint writes it anew
        }
    }
}
