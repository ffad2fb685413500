using Foresee.Images;

namespace Foresee.Cli;

/// <summary>Images that a command line names one beside the other: files, folders, patterns, lists, and paths on standard input.</summary>
internal sealed class ImageArguments
{
    public const string StandardInput = "-";

    private readonly List<IImageSource?> sources = []; // null for standard input
    private readonly TextReader input;

    private ImageArguments(TextReader input) => this.input = input;

    /// <summary>Images known so far: all but those of standard input.</summary>
    public int Known => Opened.Sum(source => source.Count);

    public IEnumerable<IImageSource> Opened => sources.OfType<IImageSource>();

    /// <exception cref="UsageException">Something that is named is not there.</exception>
    public static ImageArguments Open(IEnumerable<string> named, TextReader input)
    {
        var arguments = new ImageArguments(input);
        foreach (var name in named)
        {
            if (name == StandardInput && arguments.sources.Contains(null))
                throw new UsageException($"{StandardInput} stands for standard input, which can be read once; name it once.");
            arguments.sources.Add(name == StandardInput ? null : Open(name));
        }
        return arguments;
    }

    /// <summary>In the order of the command line; standard input line by line, as it comes.</summary>
    public IEnumerable<IImageSource> All() => sources.SelectMany(source => source is null ? Lines() : [source]);

    private IEnumerable<IImageSource> Lines()
    {
        while (input.ReadLine() is { } line)
            if (line.TrimEnd('\r') is { Length: > 0 } path) yield return Alone(path);
    }

    private static IImageSource Open(string name)
    {
        try
        {
            if (File.Exists(name)) return IsList(name) ? ImageSources.Open(name) : Alone(name);
            if (!Directory.Exists(name) && PathPattern.Is(name)) return new ImageFolder("", PathPattern.Expand(name), name);
            if (!KnownData.Is(name) && !Directory.Exists(name))
                throw new UsageException($"There is no image, no folder and no data set {name}; check the path.");
            var folder = KnownData.Resolve(name);
            return IdxFolder.Is(folder) || RecordFolder.Find(folder) is not null ? ImageSources.Open(name) : new ImageFolder(folder, name);
        }
        catch (ImageDataException error) when (KnownData.Is(name))
        {
            throw new UsageException(error.Message, error);
        }
    }

    /// <summary>Files that hold or name many images, and say so by their ending.</summary>
    private static bool IsList(string path) => new[] { ".csv", ".gz", "-ubyte" }.Any(ending =>
        path.EndsWith(ending, StringComparison.OrdinalIgnoreCase));

    private static ImageFolder Alone(string path) => new("", [path]);
}
