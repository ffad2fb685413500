using System.Text.Encodings.Web;
using System.Text.Json;

namespace Foresee.Cli;

/// <summary>
/// features.npy.txt: line k names the image of row k. A name that holds a line break or another control character, or that begins with a
/// double quote, stands there as a JSON string; so a line that begins with a double quote is JSON, and any other is the name itself.
/// </summary>
internal static class RowNames
{
    private static readonly JsonSerializerOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string Text(IEnumerable<string> names) => string.Concat(names.Select(name => Line(name) + "\n"));

    private static string Line(string name) => name.StartsWith('"') || name.Any(Shell.IsHidden)
        ? JsonSerializer.Serialize(name, Readable) : name;
}
