using System.Text;

namespace Foresee.Reports;

/// <summary>Writes beside the target and renames: a reader sees the old file or the new one, never half of one.</summary>
internal static class AtomicFile
{
    public static void Write(string path, string text)
    {
        path = Path.GetFullPath(path);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var beside = $"{path}.{Environment.ProcessId}.part";
        try
        {
            using (var file = new FileStream(beside, FileMode.Create, FileAccess.Write))
            {
                file.Write(Encoding.UTF8.GetBytes(text));
                file.Flush(flushToDisk: true); // else a power cut can leave the new name with no content
            }
            File.Move(beside, path, overwrite: true);
        }
        catch
        {
            try { File.Delete(beside); }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException) { } // the first fault is the one to tell
            throw;
        }
    }
}
