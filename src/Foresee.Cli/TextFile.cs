namespace Foresee.Cli;

/// <summary>Whole or not at all: written beside its place, then moved there.</summary>
internal static class TextFile
{
    public static void Write(string path, string text)
    {
        var beside = $"{path}.{Environment.ProcessId}.tmp";
        try
        {
            File.WriteAllText(beside, text);
            File.Move(beside, path, overwrite: true);
        }
        catch
        {
            File.Delete(beside);
            throw;
        }
    }
}
