namespace Foresee.Reports;

/// <summary>
/// Keeps other processes away from a file while it is read, changed and written back. The system takes the lock away with the process,
/// however that ends; the empty file that carries it, .NAME.lock, stays, because removing it could give two processes a lock each.
/// </summary>
internal static class FileLock
{
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(1), Pause = TimeSpan.FromMilliseconds(5);

    /// <summary>Waits until no other process has it. Disposing gives it back.</summary>
    /// <exception cref="IOException">Another process kept it for a minute.</exception>
    public static IDisposable Take(string path)
    {
        var carrier = Path.Combine(Path.GetDirectoryName(Path.GetFullPath(path))!, $".{Path.GetFileName(path)}.lock");
        for (var end = DateTime.UtcNow + Longest; ; Thread.Sleep(Pause))
            try
            {
                return new FileStream(carrier, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 1);
            }
            catch (IOException error) when (IsTaken(error))
            {
                if (DateTime.UtcNow > end)
                    throw new IOException($"Another process has kept {path} to itself for a minute; wait for it or stop it, then start "
                        + "again.", error);
            }
    }

    /// <summary>EWOULDBLOCK, or a sharing violation where there are such.</summary>
    private static bool IsTaken(IOException error) => error.HResult is 11 or unchecked((int)0x80070020);
}
