using System.Globalization;
using System.Text;
using Foresee.Evaluation;

namespace Foresee.Reports;

/// <summary>results.csv: one row per evaluated protocol and draw of labels; RFC 4180 quoting, numbers with a point in every culture.</summary>
public static class ResultsFile
{
    public const string FileName = "results.csv";

    public const string Header = EarlierHeader + ",fingerprint";
    private const string EarlierHeader = "data,recipe,protocol,labels,draw,top1,seconds"; // files of before there were fingerprints

    /// <summary>
    /// Adds rows; one that repeats the data, recipe, protocol, labels and draw of an earlier row takes its place, so evaluating
    /// again renews the file instead of doubling it. Returns all rows now in the file.
    /// </summary>
    public static IReadOnlyList<EvaluationResult> Merge(string path, IEnumerable<EvaluationResult> rows)
    {
        var merged = new OrderedDictionary<EvaluationResult, EvaluationResult>();
        foreach (var row in (File.Exists(path) ? Read(path) : []).Concat(rows)) merged[Key(row)] = row;
        Write(path, merged.Values);
        return [.. merged.Values];
    }

    public static void Write(string path, IEnumerable<EvaluationResult> rows)
    {
        var text = new StringBuilder(Header).Append('\n');
        foreach (var row in rows)
            text.Append(CultureInfo.InvariantCulture, $"{CsvRecords.Quote(row.Data)},{CsvRecords.Quote(row.Recipe)},{CsvRecords.Quote(row.Protocol)},{CsvRecords.Quote(row.Labels)},{row.Draw},{row.Top1:R},{row.Seconds:R},{row.Fingerprint}\n");
        AtomicFile.Write(path, text.ToString());
    }

    public static IReadOnlyList<EvaluationResult> Read(string path)
    {
        if (!File.Exists(path))
            throw new FileNotFoundException($"'{path}' should hold results, but there is no such file; run evaluate first.", path);
        var records = CsvRecords.Split(File.ReadAllText(path)).ToList();
        var header = records.Count == 0 ? "" : string.Join(',', records[0].Fields);
        if (header is not (Header or EarlierHeader))
            throw new InvalidDataException($"'{path}' should begin with '{Header}', but begins with '{header}'; it is not a results file of Foresee.");
        return [.. records.Skip(1).Select(record => Parse(record, records[0].Fields.Count, path))];
    }

    private static EvaluationResult Parse(CsvRecord record, int columns, string path)
    {
        InvalidDataException Fault(string expected, string got) => new(
            $"Line {record.Line} of '{path}' should have {expected}, got '{got}'; restore the file or delete that line.");
        double Number(int column, string name) => double.TryParse(record.Fields[column], NumberStyles.Float, CultureInfo.InvariantCulture, out var value)
            ? value
            : throw Fault($"a number as {name}", record.Fields[column]);

        var fields = record.Fields;
        if (fields.Count != columns) throw Fault($"{columns} columns", $"{fields.Count}: {string.Join(',', fields)}");
        if (!int.TryParse(fields[4], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var draw)) throw Fault("a whole number as draw", fields[4]);
        return new(fields[0], fields[1], fields[2], fields[3], draw, Number(5, "top1"), Number(6, "seconds")) { Fingerprint = columns == 8 ? fields[7] : "" };
    }

    private static EvaluationResult Key(EvaluationResult row) => row with { Top1 = 0, Seconds = 0, Fingerprint = "" };
}
