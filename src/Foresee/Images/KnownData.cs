namespace Foresee.Images;

/// <summary>Data sets that are known by a name instead of a folder.</summary>
public static class KnownData
{
    /// <summary>Where Debian's dataset-* packages install.</summary>
    public const string DebianFolder = "/usr/share/datasets";

    public static IReadOnlyList<string> Names { get; } = ["fashion-mnist"];

    public static bool Is(string name) => Names.Contains(name);

    /// <summary>The folder of a known data set.</summary>
    /// <exception cref="ImageDataException">Its package is not installed.</exception>
    public static string Folder(string name, string root = DebianFolder)
    {
        var folder = Path.Combine(root, name);
        return Directory.Exists(folder)
            ? folder
            : throw new ImageDataException($"{name} is not in {root}; install it: apt-get install dataset-{name}");
    }

    /// <summary>The folder that a path or a known name stands for.</summary>
    public static string Resolve(string pathOrName)
    {
        if (Is(pathOrName)) return Folder(pathOrName);
        if (Directory.Exists(pathOrName) || File.Exists(pathOrName)) return pathOrName;
        throw new ImageDataException($"There is no folder {pathOrName}, and no data set of this name is known (known: {string.Join(", ", Names)}); check the path.");
    }
}
