using CsvHelper;
using Foresee.Evaluation;
using Foresee.Torch.Files;

namespace Foresee.Reports;

/// <summary>results.csv: one row per evaluated protocol and draw of labels; RFC 4180 quoting, numbers with a point in every culture.</summary>
public static class ResultsFile
{
    public const string FileName = "results.csv";

    public const string Header = "data,encoder,protocol,labels,draw,metric,value,seconds,settings";
    private const string FirstHeader = "data,recipe,protocol,labels,draw,top1,seconds"; // before settings were told apart
    private const string SecondHeader = FirstHeader + ",fingerprint";                   // Foresee 0.1

    private static readonly CsvReaderOptions reading = new()
    {
        Separator = ',',
        TrackLineNumbers = true,
        MalformedData = CsvMalformedDataHandling.Throw,
        FieldCountMismatch = CsvFieldCountHandling.Throw,
    };

    /// <summary>
    /// Adds rows; one that repeats the data, encoder, protocol, labels, draw and metric of an earlier row takes its place, so evaluating
    /// again renews the file instead of doubling it. Returns all rows now in the file. Several processes may add to one file.
    /// </summary>
    public static IReadOnlyList<EvaluationResult> Merge(string path, IEnumerable<EvaluationResult> rows)
    {
        using var alone = FileLock.Take(path);
        var merged = new OrderedDictionary<EvaluationResult, EvaluationResult>();
        foreach (var row in (File.Exists(path) ? Read(path) : []).Concat(rows)) merged[Key(row)] = row;
        Write(path, merged.Values);
        return [.. merged.Values];
    }

    public static void Write(string path, IEnumerable<EvaluationResult> rows)
    {
        var text = new StringWriter();
        using (var csv = CsvWriter.Create(text, new() { NewLine = "\n" }))
        {
            csv.WriteHeader(Header.Split(','));
            foreach (var row in rows)
                csv.WriteRecord([row.Data, row.Encoder, row.Protocol, row.Labels, FormattableString.Invariant($"{row.Draw}"), row.Metric,
                    FormattableString.Invariant($"{row.Value:R}"), FormattableString.Invariant($"{row.Seconds:R}"), row.Settings]);
        }
        AtomicFile.Write(path, text.ToString());
    }

    public static IReadOnlyList<EvaluationResult> Read(string path)
    {
        if (!File.Exists(path))
            throw new FileNotFoundException($"'{path}' should hold results, but there is no such file; run evaluate first.", path);
        using var reader = CsvReader.FromFile(path, reading);
        var header = string.Join(',', reader.Headers);
        if (header is not (Header or SecondHeader or FirstHeader))
            throw new InvalidDataException($"'{path}' should begin with '{Header}', but begins with '{header}'; it is not a results file of Foresee.");
        var rows = new List<EvaluationResult>();
        try
        {
            while (reader.Read()) rows.Add(header == Header ? Row(reader) : EarlierRow(reader, header));
        }
        catch (FormatException error)
        {
            var line = error is CsvFormatException { LineNumber: { } number } ? number : reader.LineNumber;
            throw new InvalidDataException($"Line {line} of '{path}': {error.Message} Restore the file or delete that line.", error);
        }
        return rows;
    }

    private static EvaluationResult Row(CsvReader row) => new(row.GetString("data"), row.GetString("encoder"), row.GetString("protocol"),
        row.GetString("labels"), row.Parse<int>("draw"), row.Parse<double>("value"), row.Parse<double>("seconds"))
    {
        Metric = row.GetString("metric"),
        Settings = row.GetString("settings"),
    };

    private static EvaluationResult EarlierRow(CsvReader row, string header) => new(row.GetString("data"), row.GetString("recipe"),
        row.GetString("protocol"), row.GetString("labels"), row.Parse<int>("draw"), row.Parse<double>("top1"), row.Parse<double>("seconds"))
    {
        Settings = header == SecondHeader ? row.GetString("fingerprint") : "",
    };

    private static EvaluationResult Key(EvaluationResult row) => row with { Value = 0, Seconds = 0, Settings = "" };
}
