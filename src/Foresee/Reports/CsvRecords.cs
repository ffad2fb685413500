using System.Text;

namespace Foresee.Reports;

/// <param name="Line">Where the record begins, from 1.</param>
internal sealed record CsvRecord(int Line, IReadOnlyList<string> Fields);

/// <summary>Comma-separated text with RFC 4180 quoting: a quoted field may hold commas, doubled quotes and line ends.</summary>
internal static class CsvRecords
{
    public static string Quote(string field) => field.AsSpan().IndexOfAny(",\"\r\n") < 0 ? field : $"\"{field.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    public static IEnumerable<CsvRecord> Split(string text)
    {
        var fields = new List<string>();
        var field = new StringBuilder();
        int line = 1, begin = 1;
        var quoted = false;
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            if (c == '\n') line++;
            if (quoted)
            {
                if (c != '"') field.Append(c);
                else if (i + 1 < text.Length && text[i + 1] == '"') field.Append(text[++i]);
                else quoted = false;
            }
            else if (c == '"')
            {
                quoted = true;
            }
            else if (c is ',' or '\n')
            {
                fields.Add(field.ToString());
                field.Clear();
                if (c == ',') continue;
                if (fields is not [""]) yield return new(begin, [.. fields]); // blank lines mean nothing
                fields.Clear();
                begin = line;
            }
            else if (c != '\r')
            {
                field.Append(c);
            }
        }
        if (field.Length == 0 && fields.Count == 0) yield break;
        fields.Add(field.ToString());
        yield return new(begin, fields);
    }
}
