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

    /// <summary>Whole or not at all: written beside its place, then moved there.</summary>
    public static void Write<T>(FileInfo? file, T result)
    {
        if (file is null) return;
        var beside = $"{file.FullName}.{Environment.ProcessId}.tmp";
        try
        {
            File.WriteAllText(beside, JsonSerializer.Serialize(result, Options) + "\n");
            File.Move(beside, file.FullName, overwrite: true);
        }
        catch
        {
            File.Delete(beside);
            throw;
        }
    }
}
