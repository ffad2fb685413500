using System.Text.Json;

namespace Foresee.Cli;

/// <summary>The result of a command for other programs; docs/command-line.md lists the fields.</summary>
internal static class JsonFile
{
    private static readonly JsonSerializerOptions Options = new()
    {
        WriteIndented = true,
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        NewLine = "\n",
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public static void Write<T>(FileInfo? file, T result)
    {
        if (file is null) return;
        TextFile.Write(file.FullName, JsonSerializer.Serialize(result, Options) + "\n");
    }
}
