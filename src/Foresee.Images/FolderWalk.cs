using System.IO.Enumeration;

namespace Foresee.Images;

/// <summary>
/// The image files below a folder: each real folder once, whatever links lead to it; none that a system or a program keeps for itself,
/// none of a run of Foresee. Hidden names (.name) are left out without a word, everything else that is passed over is counted.
/// </summary>
internal sealed class FolderWalk
{
    private const string RunFile = "run.json"; // in the folder of each run, written before its pictures
    private const int MostLinks = 40;          // in one path, as Linux has it

    private static readonly HashSet<string> SystemFolders = new(StringComparer.OrdinalIgnoreCase)
    {
        "@eaDir", "#recycle", "@Recycle", "@tmp", "#snapshot", "@Recently-Snapshot", "__MACOSX", "$RECYCLE.BIN",
            "System Volume Information", "lost+found",
    };

    /// <summary>Endings of pictures, films and their like that are not read; whoever has them wants to know.</summary>
    private static readonly HashSet<string> OtherImages = new(StringComparer.OrdinalIgnoreCase)
    {
        ".jp2", ".j2k", ".jpx", ".jxl", ".svg", ".psd", ".ico", ".tga", ".dng", ".cr2", ".cr3", ".nef", ".arw", ".orf", ".rw2", ".raf",
            ".dcm", ".exr",
        ".hdr", ".pfm", ".pdf", ".eps", ".npy", ".npz", ".nii", ".mp4", ".mov", ".avi", ".zip",
    };

    private readonly record struct Entry(string Name, bool IsFolder, bool IsLink);

    private readonly string root;
    private readonly IReadOnlySet<string> alsoWanted;
    private readonly List<string> files = [], others = [];
    private readonly PassedOverCounts passedOver = new();
    private readonly HashSet<string> visited = new(StringComparer.Ordinal), unlisted = new(StringComparer.Ordinal);
    private readonly Queue<string> links = new(); // to folders, relative; followed when every real folder was seen

    /// <param name="alsoWanted">Endings of files that are no images and go to <see cref="Others"/>; null for none.</param>
    /// <exception cref="ImageDataException">The folder is not there, or can't be listed.</exception>
    public FolderWalk(string folder, IReadOnlySet<string>? alsoWanted = null)
    {
        (root, this.alsoWanted) = (folder, alsoWanted ?? new HashSet<string>());
        if (!Directory.Exists(folder)) throw new ImageDataException($"There is no folder {folder}; check the path.");
        Visit("", RealPath(Path.GetFullPath(folder)));
        while (links.TryDequeue(out var link)) Visit(link, RealPath(Path.GetFullPath(Path.Combine(root, link))));
        CountEmptyFolders();
        files.Sort(StringComparer.Ordinal);
        others.Sort(StringComparer.Ordinal);
    }

    /// <summary>Relative to the folder, with /, in ordinal order.</summary>
    public IReadOnlyList<string> Files => files;

    /// <summary>Files with other endings that were wanted, likewise.</summary>
    public IReadOnlyList<string> Others => others;

    public IReadOnlyList<PassedOver> PassedOver => passedOver.All;

    /// <summary>Folders directly below that hold no image at any depth.</summary>
    public IReadOnlyList<string> EmptyFolders { get; private set; } = [];

    private void Visit(string relative, string real)
    {
        if (!visited.Add(real))
        {
            passedOver.Add(PassedOverReasons.ReadAlready, "", relative);
            return;
        }
        if (relative.Length > 0 && IsRun(real))
        {
            passedOver.Add(PassedOverReasons.Run, "", relative);
            return;
        }
        foreach (var entry in List(relative))
        {
            var path = relative.Length == 0 ? entry.Name : $"{relative}/{entry.Name}";
            if (entry.Name.Contains('\uFFFD', StringComparison.Ordinal))
                passedOver.Add(PassedOverReasons.NotUtf8, entry.IsFolder ? PassedOverReasons.Folder : Ending(entry.Name), path);
            else if (!entry.IsFolder) Take(path);
            else if (SystemFolders.Contains(entry.Name)) passedOver.Add(PassedOverReasons.OfSystem, "", path);
            else if (entry.IsLink) links.Enqueue(path);
            else Visit(path, $"{real}/{entry.Name}");
        }
    }

    private void Take(string path)
    {
        var ending = Ending(path);
        if (ImageFile.Extensions.Contains(ending)) files.Add(path);
        else if (alsoWanted.Contains(ending)) others.Add(path);
        else
            passedOver.Add(OtherImages.Contains(ending) ? PassedOverReasons.OtherKind : PassedOverReasons.NoImage, ending, path);
    }

    private static string Ending(string path) =>
        Path.GetExtension(path) is { Length: > 0 } ending ? ending.ToLowerInvariant() : PassedOverReasons.NoEnding;

    private List<Entry> List(string relative)
    {
        try
        {
            var all = new FileSystemEnumerable<Entry>(Path.Combine(root, relative),
                (ref FileSystemEntry found) => new(found.FileName.ToString(), found.IsDirectory, found.IsDirectory
                && found.Attributes.HasFlag(FileAttributes.ReparsePoint)),
                new EnumerationOptions { AttributesToSkip = 0, IgnoreInaccessible = false })
            {
                ShouldIncludePredicate = (ref FileSystemEntry found) => !found.FileName.StartsWith('.'),
            };
            return [.. all.OrderBy(entry => entry.Name, StringComparer.Ordinal)];
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            if (relative.Length == 0) throw new ImageDataException($"The folder {root} can't be listed: {error.Message}", error);
            passedOver.Add(PassedOverReasons.NotListed, "", relative);
            unlisted.Add(relative);
            return [];
        }
    }

    private void CountEmptyFolders()
    {
        var full = files.Concat(others).Select(file => file.Split('/')[0]).ToHashSet(StringComparer.Ordinal);
        EmptyFolders = [.. List("").Where(entry => entry.IsFolder && !SystemFolders.Contains(entry.Name) && !full.Contains(entry.Name))
            .Select(entry => entry.Name)
            .Where(name => !name.Contains('\uFFFD', StringComparison.Ordinal) && !unlisted.Contains(name)
                && !IsRun(Path.Combine(root, name)))];
        foreach (var name in EmptyFolders) passedOver.Add(PassedOverReasons.WithoutImage, "", name);
    }

    /// <summary>A run of Foresee; a file of this name that somebody else wrote does not hide a folder.</summary>
    private static bool IsRun(string folder)
    {
        try
        {
            var path = Path.Combine(folder, RunFile);
            return File.Exists(path) && new FileInfo(path).Length is > 0 and < 1 << 20
                && File.ReadAllText(path).Contains("\"recipe\"", StringComparison.OrdinalIgnoreCase);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>Without links in any part of the path.</summary>
    private static string RealPath(string path)
    {
        var (real, left) = ("", new Stack<string>(path.Split('/', StringSplitOptions.RemoveEmptyEntries).Reverse()));
        for (var followed = 0; left.TryPop(out var part);)
        {
            if (part == ".") continue;
            if (part == "..")
            {
                real = real[..Math.Max(0, real.LastIndexOf('/'))];
                continue;
            }
            var next = $"{real}/{part}";
            if (followed < MostLinks && new DirectoryInfo(next).LinkTarget is { } target)
            {
                followed++;
                if (target.StartsWith('/')) real = "";
                foreach (var step in target.Split('/', StringSplitOptions.RemoveEmptyEntries).Reverse()) left.Push(step);
            }
            else real = next;
        }
        return real.Length == 0 ? "/" : real;
    }
}
