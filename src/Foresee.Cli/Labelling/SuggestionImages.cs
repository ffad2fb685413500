using Foresee.Images;
using Foresee.Labels;

namespace Foresee.Cli;

/// <summary>The images that suggest chooses from, followed by those that have a label, as one source.</summary>
internal sealed class SuggestionImages : IImageSource
{
    private readonly IImageSource pool;
    private readonly IImageSource? labelled;

    private SuggestionImages(ReadableImages pool, LabelledImages? labelled)
    {
        (this.pool, this.labelled) = (pool, labelled?.Images);
        Labelled = [.. Enumerable.Range(pool.Count, labelled?.Images.Count ?? 0)];
        Skipped = pool.Skipped.Count + (labelled?.Skipped.Count ?? 0);
        if (labelled?.Classes.Length > 1) (ClassOf, Classes) = (labelled.Labels, labelled.Classes);
    }

    public string Name => pool.Name;
    public int Count => pool.Count + Labelled.Length;

    /// <summary>Images to choose from: the first.</summary>
    public int Open => pool.Count;

    /// <summary>Places of those that have a label: the last.</summary>
    public int[] Labelled { get; }

    /// <summary>Of each of these an index into <see cref="Classes"/>; empty where they have no two classes.</summary>
    public int[] ClassOf { get; } = [];

    public IReadOnlyList<string> Classes { get; } = [];

    /// <summary>Images that can't be read.</summary>
    public int Skipped { get; }

    public string Describe(int index) => Of(index, (source, place) => source.Describe(place));
    public Image Read(int index) => Of(index, (source, place) => source.Read(place));
    public Image Read(int index, InputFormat fit) => Of(index, (source, place) => source.Read(place, fit));
    public bool Holds(InputFormat fit) => pool.Holds(fit) && labelled?.Holds(fit) != false;
    public string Hash(CancellationToken cancel = default) => pool.Hash(cancel) + labelled?.Hash(cancel);

    private T Of<T>(int index, Func<IImageSource, int, T> read) =>
        index < pool.Count ? read(pool, index) : read(labelled!, index - pool.Count);

    /// <summary>Lists and reads them, and names what can't be read.</summary>
    /// <exception cref="ImageDataException">Nothing is left to choose from.</exception>
    public static SuggestionImages Read(Terminal terminal, SuggestRequest request, InputFormat fit, CancellationToken cancel)
    {
        terminal.Now($"listing the images of {request.Pool}");
        var (all, known) = (ImageSources.Open(request.Pool), request.Labelled is { } named ? Known(terminal, named) : null);
        var files = known is null ? [] : Enumerable.Range(0, known.Images.Count).Select(i => FileOf(known.Images, i)).ToHashSet();
        int[] open = [.. Enumerable.Range(0, all.Count).Where(i => !files.Contains(FileOf(all, i)))];
        if (open.Length == 0)
            throw new ImageDataException($"All {all.Count} images of {request.Pool} are among those of {request.Labelled}; name images without labels.");
        var chosen = open.Length == all.Count ? all : new ImageSelection(all, open, all.Name);
        var pool = ProgressBar.Show(terminal, show => new ReadableImages(chosen, fit,
            done => show($"reading {chosen.Name}", done, chosen.Count), request.Threads, cancel));
        var labelled = known is null ? null : ProgressBar.Show(terminal, show => known.Readable(fit,
            done => show($"reading {known.Images.Name}", done, known.Images.Count), request.Threads, cancel));
        ImageRemarks.Skipped(terminal, [.. pool.Skipped, .. labelled?.Skipped ?? []]);
        ImageRemarks.PassedOver(terminal, all);
        return new(pool, labelled);
    }

    private static string FileOf(IImageSource images, int index) => Path.GetFullPath(images.Describe(index));

    /// <summary>With classes where there are any: images of a single class, or of none, are not suggested again all the same.</summary>
    private static LabelledImages Known(Terminal terminal, string name)
    {
        try
        {
            return LabelledSources.OpenTraining(name);
        }
        catch (ImageDataException error)
        {
            var images = ImageSources.Open(name);
            terminal.Warn($"no classes are learnt from {name}. {error.Message}");
            return new(images, new int[images.Count], ["labelled"]);
        }
    }
}
