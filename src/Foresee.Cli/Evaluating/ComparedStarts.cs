using Foresee.Labels;
using Foresee.Methods;
using Foresee.Reports;
using Foresee.Starts;
using Foresee.Studies;

namespace Foresee.Cli;

/// <summary>What --starts and --without name.</summary>
/// <param name="Typed">Words of --starts; null where it was left out.</param>
/// <param name="Without">Words of --without.</param>
internal sealed record ComparedStarts(IReadOnlyList<string>? Typed, IReadOnlyList<string> Without)
{
    private const string KMeans = "kmeans", ImageNet = "imagenet-resnet18";

    /// <summary>They stand in every table that does not leave them out by name: what each other start has to beat.</summary>
    public static IReadOnlyList<string> Always { get; } = [StartComparison.Baseline, KMeans, ImageNet];

    public static ComparedStarts Read(string? starts, string? without) => new(starts is null ? null : Words(starts), Words(without ?? ""));

    /// <summary>The words of --starts, with whole paths in place of those from the working folder.</summary>
    public static string Absolute(string starts)
    {
        static string Of(string word) => !IsKnown(word) && (Directory.Exists(word) || File.Exists(word)) ? Path.GetFullPath(word) : word;
        return string.Join(',', Words(starts).Select(word => !Directory.Exists(word) && !File.Exists(word)
            && word.Split('+') is [var method, var from] ? $"{method}+{Of(from)}" : Of(word)));
    }

    private static string[] Words(string typed) =>
        typed.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    /// <exception cref="UsageException">A word is no start, or one that both lists name.</exception>
    public void Check()
    {
        if (Without.FirstOrDefault(word => !Always.Contains(word)) is { } other)
            throw new UsageException($"--without leaves out {string.Join(", ", Always)}; got '{other}'{Dial.Suggest(other, Always)}");
        if (Typed?.FirstOrDefault(word => Without.Contains(word)) is { } both)
            throw new UsageException($"--starts names {both} and --without leaves it out; take it out of one of the two.");
        foreach (var word in Typed ?? []) CheckWord(word);
    }

    private static void CheckWord(string word)
    {
        if (IsKnown(word) || Directory.Exists(word) || File.Exists(word)) return;
        if (word.Split('+') is [var method, var from] && MethodOptions.Names.Contains(method))
        {
            if (IsStart(from) || Directory.Exists(from) || File.Exists(from)) return;
            throw new UsageException($"'{word}' goes on from '{from}', which is no start, run or file{Dial.Suggest(from, Pretrained)}");
        }
        string[] known = [StartComparison.Baseline, .. Pretrained, .. MethodOptions.Names];
        throw new UsageException($"--starts: '{word}' is no method, start, run or file{Dial.Suggest(word, known)} Known: "
            + $"{string.Join(", ", known)}.");
    }

    private static IEnumerable<string> Pretrained => PretrainedStart.All.Select(start => start.Name);

    private static bool IsStart(string word) => PretrainedStart.Find(word) is not null;

    private static bool IsKnown(string word) => word == StartComparison.Baseline || MethodOptions.Names.Contains(word) || IsStart(word);

    /// <summary>Those that always stand there first, then as typed.</summary>
    /// <param name="usual">The method where none was typed.</param>
    /// <param name="data">To be measured on, whose labels a start must not have seen.</param>
    public IReadOnlyList<ComparedStart> Resolve(string usual, LabelledSplits data, bool allowLeak)
    {
        var words = Always.Except(Without).Concat(Typed ?? [usual]).Distinct();
        var starts = new List<ComparedStart>();
        foreach (var word in words) starts.Add(Resolve(word, data, allowLeak, [.. starts.Select(start => start.Name)]));
        return starts;
    }

    private static ComparedStart Resolve(string word, LabelledSplits data, bool allowLeak, string[] taken)
    {
        if (word == StartComparison.Baseline) return new PixelStart();
        if (MethodOptions.Names.Contains(word)) return new MethodStart(word, word);
        var from = IsKnown(word) || Directory.Exists(word) || File.Exists(word) ? null : word.Split('+')[0];
        var named = from is null ? word : word[(from.Length + 1)..];
        var name = from is null ? Unique(IsStart(word) ? word : NameOf(word), taken) : Unique($"{from}+{NameOf(named)}", taken);
        try
        {
            var source = EncoderSource.Of(named);
            var leak = source.Leak(data);
            if (leak is not null && !allowLeak)
                return new MissingStart(name, $"{leak}; --allow-leak measures it all the same");
            if (from is not null) return new MethodStart(name, from, source.Point());
            string?[] remarks =
                [leak is null ? null : "it was trained on these labels", source.Run is { } run ? Resuming.Told(run) : null];
            return new WeightsStart(name, source.Path, [.. remarks.OfType<string>()]) { Augmentation = source.Augmentation() };
        }
        catch (Exception error) when (error is UsageException or InvalidDataException or StartException)
        {
            return new MissingStart(name, error.Message);
        }
    }

    /// <summary>Of a folder or file, for a folder's name.</summary>
    private static string NameOf(string word) => IsStart(word) ? word
        : File.Exists(word) ? Path.GetFileNameWithoutExtension(word)
        : Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(word)));

    /// <summary>A run may be called like a method.</summary>
    private static string Unique(string name, string[] taken)
    {
        var free = IsKnown(name) && !IsStart(name) ? $"{name}-run" : name;
        for (var number = 2; taken.Contains(free); number++) free = $"{name}-{number}";
        return free;
    }
}
