using Foresee.Torch.Files;

namespace Foresee.Cli;

/// <summary>Finds out before the work, not after it, whether its result can be written.</summary>
internal static class OutputFolder
{
    public static void Prepare(string folder)
    {
        try
        {
            Directory.CreateDirectory(folder);
            AtomicFile.DeleteLeftovers(folder);
            Try(Path.Combine(folder, ".writable"));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new IOException($"Can't write to {folder}: {error.Message} Choose another folder with --out, "
                + "or make this one writable.", error);
        }
    }

    /// <summary>Files that a command will write at its end; null for none.</summary>
    public static void PrepareFor(params ReadOnlySpan<FileInfo?> files)
    {
        foreach (var file in files)
            if (file is not null) PrepareFor(file);
    }

    private static void PrepareFor(FileInfo file)
    {
        if (file is { Directory.Exists: false })
            throw new UsageException($"There is no folder {file.DirectoryName} for {file.Name}; create it first.");
        if (Directory.Exists(file.FullName)) throw new UsageException($"{file.FullName} is a folder; name a file.");
        try
        {
            if (!IsDevice(file)) Try(file.FullName);
            else File.Open(file.FullName, FileMode.Open, FileAccess.Write).Dispose();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new IOException($"Can't write {file}: {error.Message} Choose another place, or change its permissions.", error);
        }
    }

    /// <summary>Devices, /dev/stdout among them, are written into; any other file is replaced.</summary>
    public static bool IsDevice(FileInfo file) =>
        file.FullName.StartsWith("/dev/", StringComparison.Ordinal) || file.FullName.StartsWith("/proc/", StringComparison.Ordinal);

    /// <summary>Files are written beside their place first, so that is what must be possible.</summary>
    private static void Try(string path)
    {
        var beside = AtomicFile.Beside(path);
        File.WriteAllText(beside, "");
        File.Delete(beside);
    }
}
