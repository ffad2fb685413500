using System.IO.Enumeration;

namespace Foresee.Cli;

/// <summary>
/// Paths with * and ? in them, where no shell has filled them in: within quotes, on Windows, or for more files than a command line takes.
/// ** stands for any number of folders.
/// </summary>
internal static class PathPattern
{
    private const string AnyFolders = "**";

    public static bool Is(string path) => path.AsSpan().ContainsAny('*', '?');

    /// <summary>Files in ordinal order.</summary>
    /// <exception cref="UsageException">None fits.</exception>
    public static IReadOnlyList<string> Expand(string pattern)
    {
        var parts = pattern.Split(['/', Path.DirectorySeparatorChar]);
        var fixedParts = parts.TakeWhile(part => !Is(part)).Count();
        var root = string.Join('/', parts[..fixedParts]);
        if (fixedParts > 0 && root.Length == 0) root = "/";
        var files = new SortedSet<string>(StringComparer.Ordinal);
        if (root.Length == 0 || Directory.Exists(root)) Walk(root, parts.AsSpan(fixedParts), files);
        if (files.Count > 0) return [.. files];
        throw new UsageException($"No file fits {pattern}; check the path.");
    }

    private static void Walk(string folder, ReadOnlySpan<string> parts, SortedSet<string> files)
    {
        var part = parts[0];
        var rest = parts[1..];
        if (rest.Length == 0)
        {
            var name = part == AnyFolders ? "*" : part;
            foreach (var file in List(folder, Directory.EnumerateFiles))
                if (Fits(name, file)) files.Add(file);
            if (part != AnyFolders) return;
        }
        else if (part == AnyFolders) Walk(folder, rest, files);
        foreach (var below in List(folder, Directory.EnumerateDirectories))
        {
            if (part == AnyFolders && new DirectoryInfo(below).LinkTarget is null) Walk(below, parts, files); // links might go round
            else if (part != AnyFolders && Fits(part, below)) Walk(below, rest, files);
        }
    }

    private static bool Fits(string pattern, string path)
    {
        var name = Path.GetFileName(path);
        return (name[0] != '.' || pattern[0] == '.') && FileSystemName.MatchesSimpleExpression(pattern, name, ignoreCase: false);
    }

    private static string[] List(string folder, Func<string, IEnumerable<string>> list)
    {
        try
        {
            return [.. list(folder.Length == 0 ? "." : folder).Select(path => folder.Length == 0 ? Path.GetFileName(path) : path)];
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}
