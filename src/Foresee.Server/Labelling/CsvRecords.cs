using System.Text;

namespace Foresee.Server.Labelling;

/// <param name="Raw">As it stands in the file, its line break with it.</param>
/// <param name="IsClosed">Every quotation mark has its partner; only the last record's may have none.</param>
internal sealed record CsvRecord(string Raw, IReadOnlyList<string> Fields, bool IsClosed = true)
{
    public bool IsWhole => IsClosed && Raw.EndsWith('\n');
}

/// <summary>The records of a CSV file (RFC 4180), each with its own text, so that what is not changed is written as it was.</summary>
internal static class CsvRecords
{
    public static IReadOnlyList<CsvRecord> Parse(string text)
    {
        List<CsvRecord> records = [];
        List<string> fields = [];
        var (field, quoted, start) = (new StringBuilder(), false, 0);
        for (var i = 0; i < text.Length; i++)
        {
            var sign = text[i];
            if (quoted)
            {
                if (sign != '"') field.Append(sign);
                else if (i + 1 < text.Length && text[i + 1] == '"') field.Append(text[i++]);
                else quoted = false;
            }
            else if (sign == '"' && string.IsNullOrWhiteSpace(field.ToString())) (quoted, _) = (true, field.Clear());
            else if (sign == ',') End();
            else if (sign == '\n') EndRecord(i + 1);
            else field.Append(sign);
        }
        if (start < text.Length) EndRecord(text.Length);
        return records;

        void End()
        {
            fields.Add(field.ToString().Trim());
            field.Clear();
        }

        void EndRecord(int end)
        {
            End();
            records.Add(new(text[start..end], [.. fields], !quoted));
            (quoted, start) = (false, end);
            fields.Clear();
        }
    }

    public static string Write(params ReadOnlySpan<string> fields) => string.Join(',', fields.ToArray().Select(Quote)) + "\n";

    private static string Quote(string field) =>
        field.Length == 0 || field.AsSpan().IndexOfAny(",\"\r\n") >= 0 || field.StartsWith('#') || field != field.Trim()
            ? $"\"{field.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : field;
}
