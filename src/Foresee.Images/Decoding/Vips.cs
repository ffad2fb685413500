using NetVips;

namespace Foresee.Images.Decoding;

/// <summary>libvips, set up once for the process: each image in the thread that asks for it, and nothing kept for another time.</summary>
internal static class Vips
{
    private static readonly ReaderWriterLockSlim Errors = new();
    private static readonly Log.LogDelegate Silent = (_, _, _) => { }; // what is wrong with a file is said with its name, once

    static Vips()
    {
        if (!ModuleInitializer.VipsInitialized)
            throw new ImageDataException($"libvips, which reads image files, does not load on this system: "
                + $"{ModuleInitializer.Exception?.Message} "
                + "It comes with the package NetVips.Native for Linux, macOS and Windows.");
        NetVips.NetVips.Concurrency = 1; // loaders have threads of their own, one image each
        Cache.Max = 0;                   // no picture is opened twice
        Log.SetLogHandler("VIPS", Enums.LogLevelFlags.Warning | Enums.LogLevelFlags.Message | Enums.LogLevelFlags.Info, Silent);
    }

    /// <summary>libvips has one text of errors for all threads. So what fails is repeated alone, and then its text is its own.</summary>
    /// <param name="explained">Whether the reason is known without that text; then nothing is repeated, and nobody waits for it.</param>
    /// <exception cref="VipsException">It fails.</exception>
    public static T Run<T>(Func<T> attempt, Func<bool>? explained = null)
    {
        Errors.EnterReadLock();
        try
        {
            return attempt();
        }
        catch (VipsException) when (explained?.Invoke() != true)
        {
            // repeated below
        }
        finally
        {
            Errors.ExitReadLock();
        }
        Errors.EnterWriteLock();
        try
        {
            _ = new VipsException(""); // takes what is left of the errors of others with it
            return attempt();
        }
        finally
        {
            Errors.ExitWriteLock();
        }
    }

    /// <summary>What libvips said, in one line without the name of its call.</summary>
    public static string Words(VipsException error)
    {
        var lines = error.Message.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return lines.Length > 1 ? string.Join("; ", lines[1..].Distinct()) : error.Message.Trim();
    }
}
