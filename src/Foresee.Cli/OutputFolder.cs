namespace Foresee.Cli;

/// <summary>Finds out before the work, not after it, whether its result can be written.</summary>
internal static class OutputFolder
{
    public static void Prepare(string folder)
    {
        try
        {
            Directory.CreateDirectory(folder);
            var probe = Path.Combine(folder, $".writable.{Environment.ProcessId}");
            File.WriteAllText(probe, "");
            File.Delete(probe);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new IOException($"Can't write to {folder}: {error.Message} Choose another folder with --out, or make this one writable.", error);
        }
    }

    /// <summary>The folder of a file that a command will write at its end.</summary>
    public static void PrepareFor(FileInfo? file)
    {
        if (file is { Directory.Exists: false }) throw new UsageException($"There is no folder {file.DirectoryName} for {file.Name}; create it first.");
        if (file is { Directory: not null } && Directory.Exists(file.FullName)) throw new UsageException($"{file.FullName} is a folder; name a file.");
    }
}
