namespace Foresee.Images;

/// <summary>Data sets that are known by a name instead of a folder.</summary>
public static class KnownData
{
    /// <summary>Where Debian's dataset-* packages install.</summary>
    public const string DebianFolder = "/usr/share/datasets";

    /// <summary>Where `foresee data get` puts them: below the folder it is started in.</summary>
    public const string DownloadFolder = "data";

    private const string InDebian = "fashion-mnist";

    public static IReadOnlyList<string> Names { get; } = [InDebian, "mnist", "cifar10", "cifar100", "stl10", "imagewang-160"];

    public static bool Is(string name) => Names.Contains(name);

    /// <summary>The folder of a known data set, or null where it is not on this machine.</summary>
    public static string? Find(string name, string debian = DebianFolder, string downloads = DownloadFolder) =>
        new[] { debian, downloads }.Select(root => Path.Combine(root, name)).FirstOrDefault(Directory.Exists);

    /// <summary>The folder of a known data set.</summary>
    /// <exception cref="ImageDataException">It is not on this machine.</exception>
    public static string Folder(string name, string debian = DebianFolder, string downloads = DownloadFolder) =>
        Find(name, debian, downloads)
        ?? throw new ImageDataException(name == InDebian
            ? $"{name} is not in {debian}; install it: apt-get install dataset-{name}, or get it: ./foresee data get {name}"
            : $"{name} is not in {downloads}; get it: ./foresee data get {name}, or name the folder that holds it.");

    /// <summary>Whether a path or a known name stands for something on this machine.</summary>
    public static bool IsThere(string pathOrName) =>
        Directory.Exists(pathOrName) || File.Exists(pathOrName) || (Is(pathOrName) && Find(pathOrName) is not null);

    /// <summary>The folder that a path or a known name stands for.</summary>
    public static string Resolve(string pathOrName)
    {
        if (Is(pathOrName) && Find(pathOrName) is { } found) return found;
        if (Directory.Exists(pathOrName) || File.Exists(pathOrName)) return pathOrName;
        if (Is(pathOrName)) return Folder(pathOrName); // says how to get it
        throw new ImageDataException($"There is no folder {pathOrName}, and no data set of this name is known (known: "
            + $"{string.Join(", ", Names)}); check the path.");
    }
}
