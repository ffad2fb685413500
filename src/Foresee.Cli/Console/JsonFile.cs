using System.Text.Json;
using System.Text.Json.Nodes;
using Foresee.Torch.Files;

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

    /// <summary>A record as fields that others can be put beside.</summary>
    public static JsonObject Fields<T>(T result) => JsonSerializer.SerializeToNode(result, Options)!.AsObject();

    public static void Write<T>(FileInfo? file, T result)
    {
        if (file is null) return;
        var text = JsonSerializer.Serialize(result, Options) + "\n";
        if (OutputFolder.IsDevice(file)) File.WriteAllText(file.FullName, text);
        else AtomicFile.Write(file.FullName, text);
    }
}
