namespace Foresee.Images.Clips;

/// <summary>Clips from what the user names.</summary>
public static class ClipSources
{
    /// <summary>Endings of videos.</summary>
    public static IReadOnlySet<string> VideoExtensions { get; } =
        new HashSet<string>(StringComparer.OrdinalIgnoreCase) { ".mp4", ".mov", ".avi", ".mkv", ".webm", ".m4v", ".mpg", ".mpeg", ".wmv" };

    private const string Remedy = "put the frames of each clip into a folder of their own, in the order of their names, or name a folder of "
        + "videos";

    /// <summary>
    /// A folder with a folder of frames for each clip, at any depth, or with videos, or both; or one video. Where it has train/ beside
    /// test/ or val/, the training part.
    /// </summary>
    /// <param name="videos">Makes frames of videos; null refuses them.</param>
    /// <exception cref="ImageDataException">There is no clip of two frames or more, or videos can't be read at all.</exception>
    public static ClipFrames Open(string path, VideoFrames? videos = null, Action<string>? doing = null,
        CancellationToken cancel = default)
    {
        if (File.Exists(path) && VideoExtensions.Contains(Path.GetExtension(path)))
            return Joined(path, null, [], Extracted(Path.GetDirectoryName(Path.GetFullPath(path))!, [Path.GetFileName(path)], videos,
                doing, cancel));
        var folder = KnownData.Resolve(path);
        if (!Directory.Exists(folder)) throw new ImageDataException($"{path} is neither a folder of clips nor a video; {Remedy}.");
        if (ImageSources.TrainFolder(folder) is { } train) folder = train;
        else ImageSources.RefuseSplitsBelow(folder);
        var walk = new FolderWalk(folder, VideoExtensions);
        string[] inClips = [.. walk.Files.Where(file => file.Contains('/', StringComparison.Ordinal))];
        if (inClips.Length == 0 && walk.Others.Count == 0)
            throw new ImageDataException(walk.Files.Count > 0
                ? $"{path} holds {walk.Files.Count} images and no clips; {Remedy}. Still images are learnt from by other methods, such as simclr."
                : $"{path} holds neither frames nor videos; {Remedy}.");
        var found = walk.Others.Count == 0 ? null : Extracted(folder, walk.Others, videos, doing, cancel);
        return Joined(path, new(folder, inClips) { PassedOver = walk.PassedOver }, walk.Files.Except(inClips), found);
    }

    private static Frames? Extracted(string folder, IReadOnlyList<string> files, VideoFrames? videos, Action<string>? doing,
        CancellationToken cancel) => videos is null
            ? throw new ImageDataException($"{Path.Combine(folder, files[0])} is a video, and frames are read here; {Remedy}.")
            : new(videos.Folder, videos.Extract(folder, files, doing, cancel), videos.Refused);

    /// <param name="Files">Relative to the folder.</param>
    /// <param name="Refused">Videos.</param>
    private sealed record Frames(string Folder, IReadOnlyList<string> Files, IReadOnlyList<(string Video, string Reason)> Refused);

    private static ClipFrames Joined(string path, ImageFolder? own, IEnumerable<string> loose, Frames? extracted)
    {
        var counts = new PassedOverCounts();
        foreach (var image in loose) counts.Add(PassedOverReasons.OutsideClips, "", image);
        foreach (var refused in extracted?.Refused ?? []) counts.Add(PassedOverReasons.NoVideo, "", refused.Video);
        IReadOnlyList<ImageFolder> parts = [.. new[] { own is null ? null : Ordered(own.Folder, own.Files, path, counts),
            extracted is null ? null : Ordered(extracted.Folder, extracted.Files, path, counts) }.OfType<ImageFolder>()
            .Where(part => part.Count > 0)];
        IReadOnlyList<PassedOver> passedOver = [.. own?.PassedOver ?? [], .. counts.All];
        if (parts.Count > 0) return new(parts, path) { PassedOver = passedOver };
        var why = extracted?.Refused is [var (video, reason), ..] ? $"the first video, {video}, can't be read: {reason}"
            : string.Join("; ", passedOver);
        throw new ImageDataException($"{path} holds no clip of two frames or more: {why}. {char.ToUpperInvariant(Remedy[0])}{Remedy[1..]}.");
    }

    /// <summary>Clip by clip, without those of one frame.</summary>
    private static ImageFolder Ordered(string folder, IReadOnlyList<string> files, string name, PassedOverCounts counts)
    {
        var clips = files.GroupBy(file => file[..file.LastIndexOf('/')]).OrderBy(clip => clip.Key, FrameOrder.Instance).ToList();
        foreach (var clip in clips.Where(clip => clip.Count() == 1)) counts.Add(PassedOverReasons.OneFrame, "", clip.First());
        return new(folder, [.. clips.Where(clip => clip.Count() > 1).SelectMany(clip => clip.Order(FrameOrder.Instance))], name);
    }
}
