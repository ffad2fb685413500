using System.Text.Json;

namespace Foresee.Cli;

/// <summary>What a fit was asked beyond data, time and threads, kept in its folder, so that a refit asks the same.</summary>
internal static class RefitWords
{
    private static string PathIn(string model) => Path.Combine(model, "work", "options.json");

    /// <summary>Whether a fit began in the folder.</summary>
    public static bool AreIn(string folder) => File.Exists(PathIn(folder));

    public static void Write(string model, string[] words)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(PathIn(model))!);
        JsonFile.Write(new(PathIn(model)), words);
    }

    /// <returns>None where nothing can be read: work/ may be deleted.</returns>
    public static string[] Read(string model)
    {
        try
        {
            return JsonSerializer.Deserialize<string[]>(File.ReadAllText(PathIn(model))) ?? [];
        }
        catch (Exception error) when (error is JsonException or IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}
