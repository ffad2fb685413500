namespace Foresee.Torch.Files;

/// <summary>Files that are either whole or not there: written beside their place, flushed to the disk, then renamed.</summary>
public static class AtomicFile
{
    public static void Write(string path, Action<FileStream> write)
    {
        var beside = $"{path}.{Environment.ProcessId}.tmp";
        try
        {
            using (var stream = new FileStream(beside, FileMode.Create, FileAccess.Write, FileShare.None, 1 << 16))
            {
                write(stream);
                stream.Flush(flushToDisk: true);
            }
            File.Move(beside, path, overwrite: true);
        }
        catch
        {
            File.Delete(beside); // a full disk must not be left fuller
            throw;
        }
    }
}
