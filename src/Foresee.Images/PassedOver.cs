using System.Globalization;

namespace Foresee.Images;

/// <summary>Files or folders that a source does not hold although they lie there, counted by what they have in common.</summary>
/// <param name="Reason">In the plural: "no images by their ending".</param>
/// <param name="Ending">".txt", "without ending" or "folder"; empty where it does not matter.</param>
/// <param name="Example">The first, in the order of the names.</param>
public sealed record PassedOver(string Reason, string Ending, int Count, string Example)
{
    /// <summary>One line for people, such as "2 .txt files (notes.txt and others), no images by their ending".</summary>
    public override string ToString()
    {
        var words = PassedOverReasons.Of(Reason);
        var noun = Ending switch
        {
            "" or PassedOverReasons.Folder => Count == 1 ? words.NounOfOne : words.Noun,
            PassedOverReasons.NoEnding => $"{(Count == 1 ? "file" : "files")} {PassedOverReasons.NoEnding}",
            _ => $"{Ending} {(Count == 1 ? "file" : "files")}",
        };
        return string.Create(CultureInfo.InvariantCulture, $"{Count:N0} {noun} ({Example}{(Count == 1 ? "" : " and others")})")
            + (Count == 1 ? words.RestOfOne : words.Rest);
    }
}

/// <summary>Why something is passed over, in the plural, and the same of one.</summary>
internal sealed record PassedOverReasons(string Noun, string Rest, string NounOfOne, string RestOfOne)
{
    public const string NoEnding = "without ending", Folder = "folder";

    public const string
        ReadAlready = "links to folders that are read already",
        Run = "folders of runs",
        OfSystem = "folders that a system keeps for itself",
        NotListed = "folders that can't be listed",
        WithoutImage = "folders without an image",
        Remark = "remarks in the list",
        Header = "first lines taken for a header",
        NotUtf8 = "whose names are not UTF-8, so that they can't be opened; rename them: convmv -f latin1 -t utf8",
        OtherKind = "of a kind that is not read; convert them to PNG, JPEG or TIFF",
        NoImage = "no images by their ending",
        OutsideClips = "images that lie in no clip's folder",
        OneFrame = "clips of a single frame",
        NoVideo = "videos that ffmpeg can't read";

    private static readonly Dictionary<string, PassedOverReasons> all = new()
    {
        [ReadAlready] = new("links", " to folders that are read already", "link", " to a folder that is read already"),
        [Run] = new("folders", " of runs", "folder", " of a run"),
        [OfSystem] = Folders(" that a system keeps for itself"),
        [NotListed] = Folders(" that can't be listed"),
        [WithoutImage] = Folders(" without an image"),
        [Remark] = new("remarks", " in the list", "remark", " in the list"),
        [Header] = new("first lines", " taken for a header", "first line", " taken for a header"),
        [NotUtf8] = new("folders", " " + NotUtf8, "folder",
            " whose name is not UTF-8, so that it can't be opened; rename it: convmv -f latin1 -t utf8"),
        [OtherKind] = new("files", " " + OtherKind, "file", " of a kind that is not read; convert it to PNG, JPEG or TIFF"),
        [OutsideClips] = new("images", " that lie in no clip's folder", "image", " that lies in no clip's folder"),
        [OneFrame] = new("clips", " of a single frame", "clip", " of a single frame"),
        [NoVideo] = new("videos", " that ffmpeg can't read", "video", " that ffmpeg can't read"),
        [NoImage] = new("files", ", " + NoImage, "file", ", no image by its ending"),
    };

    public static PassedOverReasons Of(string reason) =>
        all.GetValueOrDefault(reason) ?? new("things", ": " + reason, "thing", ": " + reason);

    private static PassedOverReasons Folders(string rest) => new("folders", rest, "folder", rest);
}

/// <summary>Counts what is passed over while a source is opened.</summary>
internal sealed class PassedOverCounts
{
    private readonly Dictionary<(string Reason, string Ending), PassedOver> counts = [];

    public IReadOnlyList<PassedOver> All => [.. counts.Values.OrderBy(item => item.Reason, StringComparer.Ordinal)
        .ThenBy(item => item.Ending, StringComparer.Ordinal)];

    public void Add(string reason, string ending, string example)
    {
        var known = counts.GetValueOrDefault((reason, ending)) ?? new(reason, ending, 0, example);
        counts[(reason, ending)] = known with
        {
            Count = known.Count + 1,
            Example = string.CompareOrdinal(example, known.Example) < 0 ? example : known.Example,
        };
    }
}
