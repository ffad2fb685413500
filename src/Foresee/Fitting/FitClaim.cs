namespace Foresee.Fitting;

/// <summary>
/// Two fits in one folder would overwrite each other. The lock is the system's and goes with the process, however that ends.
/// </summary>
internal static class FitClaim
{
    private const string FileName = ".fitting";

    /// <exception cref="IOException">Another process fits there.</exception>
    public static FileStream Take(string folder)
    {
        var path = Path.Combine(folder, FileName);
        try
        {
            return new(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 1, FileOptions.DeleteOnClose);
        }
        catch (IOException error) when (File.Exists(path))
        {
            throw new IOException($"Another process is fitting in {Path.GetDirectoryName(folder)}; wait for it or stop it, or choose "
                + "another --out folder.", error);
        }
    }
}
