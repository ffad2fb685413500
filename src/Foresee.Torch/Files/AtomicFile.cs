using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Foresee.Torch.Files;

/// <summary>
/// Files that are either whole or not there: written beside their place as NAME.HOST.PID.tmp, flushed to the disk, then renamed. .NET
/// offers no flush of a folder: after a power cut the name may still stand for the old content, which is whole, too.
/// </summary>
public static partial class AtomicFile
{
    private const int TooLarge = 27; // EFBIG
    private static readonly TimeSpan ForgottenAfter = TimeSpan.FromDays(1);

    /// <summary>This machine, in letters that stand in any file name.</summary>
    private static string Host { get; } = string.Concat(Environment.MachineName.Select(c => char.IsAsciiLetterOrDigit(c) ? c : '-'));

    /// <summary>Where a file is written before it gets its name.</summary>
    public static string Beside(string path) => $"{path}.{Host}.{Environment.ProcessId}.tmp";

    /// <summary>UTF-8 without a byte order mark.</summary>
    public static void Write(string path, string text) => Write(path, Encoding.UTF8.GetBytes(text));

    public static void Write(string path, byte[] content) => Write(path, stream => stream.Write(content));

    /// <summary>Creates the file's folder where there is none.</summary>
    public static void Write(string path, Action<FileStream> write)
    {
        path = Path.GetFullPath(path);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var beside = Beside(path);
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
    /// Deletes what was left in a folder by processes that were killed in a write, and tells which files: those of a process of this
    /// machine that no longer runs, and any that nobody has written to for a day. The folder may be shared with other machines: whether
    /// their processes still run can't be known here. A file that is held open by its writer stays.
    /// </summary>
    public static IReadOnlyList<string> DeleteLeftovers(string folder)
    {
        string[] dead = [.. Directory.EnumerateFiles(folder).Where(IsLeftover)];
        foreach (var path in dead) Delete(path);
        return dead;
    }

    private static bool IsLeftover(string path)
    {
        if (Leftover().Match(path) is not { Success: true } name) return false;
        var process = int.Parse(name.Groups["process"].ValueSpan, CultureInfo.InvariantCulture);
        var dead = name.Groups["host"].Value == Host && !IsRunning(process);
        return (dead || DateTime.UtcNow - File.GetLastWriteTimeUtc(path) > ForgottenAfter) && !IsOpen(path);
    }

    /// <summary>Writers lock their file: the system tells other processes, and some network disks tell other machines.</summary>
    private static bool IsOpen(string path)
    {
        try
        {
            new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.None).Dispose();
            return false;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return true;
        }
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

    // Earlier versions wrote NAME.PID.tmp and NAME.PID.part, of which nobody knows the machine.
    [GeneratedRegex(@"(?:\.(?<host>[A-Za-z0-9_-]+))?\.(?<process>[1-9][0-9]{0,8})\.(?:tmp|part)$")]
    private static partial Regex Leftover();
}
