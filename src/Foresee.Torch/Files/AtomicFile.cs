using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Foresee.Torch.Files;

/// <summary>
/// Files that are either whole or not there: written beside their place as NAME.PID.tmp, flushed to the disk, then renamed. .NET offers no
/// flush of a folder: after a power cut the name may still stand for the old content, which is whole, too.
/// </summary>
public static partial class AtomicFile
{
    private const int TooLarge = 27; // EFBIG

    /// <summary>UTF-8 without a byte order mark.</summary>
    public static void Write(string path, string text) => Write(path, Encoding.UTF8.GetBytes(text));

    public static void Write(string path, byte[] content) => Write(path, stream => stream.Write(content));

    /// <summary>Creates the file's folder where there is none.</summary>
    public static void Write(string path, Action<FileStream> write)
    {
        path = Path.GetFullPath(path);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var beside = $"{path}.{Environment.ProcessId}.tmp";
        try
        {
            using (var stream = new FileStream(beside, FileMode.Create, FileAccess.Write, FileShare.None, 1 << 16))
            {
                write(stream);
                stream.Flush(flushToDisk: true); // else a power cut can leave the new name with no content
            }
            File.Move(beside, path, overwrite: true);
        }
        catch (Exception fault)
        {
            Delete(beside); // a full disk must not be left fuller
            // That is what .NET makes of EFBIG, without the number and without the name.
            if (fault is ArgumentOutOfRangeException) throw new IOException($"'{path}' would grow past the limit on file sizes.", TooLarge);
            throw;
        }
    }

    /// <summary>Where it can't be deleted, another fault is the one to tell.</summary>
    private static void Delete(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
        }
    }

    /// <summary>
    /// Deletes what processes that were killed in a write have left in a folder, and tells which files. For folders that only this machine
    /// writes to: a process of another machine can't be told from a dead one.
    /// </summary>
    public static IReadOnlyList<string> DeleteLeftovers(string folder)
    {
        string[] dead = [.. Directory.EnumerateFiles(folder).Where(path => Leftover().Match(path) is { Success: true } name
            && !IsRunning(int.Parse(name.Groups[1].ValueSpan, CultureInfo.InvariantCulture)))];
        foreach (var path in dead) Delete(path);
        return dead;
    }

    private static bool IsRunning(int process)
    {
        try
        {
            Process.GetProcessById(process).Dispose();
            return true;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    [GeneratedRegex(@"\.([1-9][0-9]{0,8})\.(?:tmp|part)$")] // version 0.1 also wrote NAME.PID.part
    private static partial Regex Leftover();
}
