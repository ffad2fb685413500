using System.Security.Cryptography;
using System.Text;
using Foresee.Images.Decoding;

namespace Foresee.Images.Clips;

/// <summary>
/// The frames of some clips: images like any others, one after the other as they were taken. Asked for several at once
/// (<see cref="InputFormat.Frames"/>), image i is a window of its clip, its frames as channels one after the other: [T·C, h, w].
/// </summary>
/// <remarks>
/// A window begins with frame i and goes on by <see cref="InputFormat.FrameStep"/>, by less where the clip is too short for it; where the
/// clip ends before, it begins earlier. Frames that can't be read are left out of windows, and named and counted like other images where a
/// window would begin with them. Hash: over the files, as of folders of images.
/// </remarks>
public sealed class ClipFrames : IImageSource
{
    private const long Room = 1L << 30;
    private readonly ImageFolder[] parts;
    private readonly int[] clips, first; // of each frame its clip; of each clip its first frame, and the number of frames at the end
    private ImageCache? frames;

    /// <param name="parts">Folders whose files are frames, those of one clip in a folder of their own and in their order.</param>
    /// <exception cref="ImageDataException">There are none.</exception>
    public ClipFrames(IReadOnlyList<ImageFolder> parts, string name)
    {
        (this.parts, Name) = ([.. parts], name);
        string[] folders = [.. parts.SelectMany((part, i) => part.Files.Select(file => $"{i}/{Path.GetDirectoryName(file)}"))];
        if (folders.Length == 0) throw new ImageDataException($"{name} holds no frames of clips.");
        clips = new int[folders.Length];
        for (var i = 1; i < clips.Length; i++) clips[i] = clips[i - 1] + (folders[i] == folders[i - 1] ? 0 : 1);
        first = [.. Enumerable.Range(0, clips.Length).Where(i => i == 0 || clips[i] != clips[i - 1]), clips.Length];
    }

    public string Name { get; }
    public int Count => clips.Length;
    public int ClipCount => first.Length - 1;
    public IReadOnlyList<int> Clips => clips;
    public IReadOnlyList<PassedOver> PassedOver { get; init; } = [];

    public string Describe(int index) => At(ref index).Describe(index);
    public Image Read(int index) => At(ref index).Read(index);
    public Image Read(int index, InputFormat fit) => fit.Frames > 1 ? Window(index, fit) : At(ref index).Read(index, fit);
    public PictureHeader Look(int index) => At(ref index).Look(index);
    public IReadOnlyList<long[]>? CountLevels(int index) => At(ref index).CountLevels(index);

    public string Hash(CancellationToken cancel = default) => parts.Length == 1 ? parts[0].Hash(cancel)
        : Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(string.Concat(parts.Select(part => part.Hash(cancel))))));

    public IReadOnlyList<ImageFingerprint> Fingerprints(CancellationToken cancel = default) =>
        [.. parts.SelectMany(part => part.Fingerprints(cancel))];

    private ImageFolder At(ref int index)
    {
        var part = 0;
        while (index >= parts[part].Count) index -= parts[part++].Count;
        return parts[part];
    }

    /// <exception cref="UnreadableImageException">The frame can't be read, or its clip has too few that can.</exception>
    private Image Window(int index, InputFormat fit)
    {
        var cache = Frames(fit with { Frames = 1, FrameStep = 1 });
        var (begin, end) = (first[clips[index]], first[clips[index] + 1]);
        var step = Math.Clamp((end - begin - 1) / (fit.Frames - 1), 1, fit.FrameStep);
        if (Planes(cache, index) is not { } own)
        {
            var why = cache.SkippedAt(index)!;
            throw new UnreadableImageException(why.File, why.Reason);
        }
        var window = new LinkedList<byte[]>([own]);
        for (var at = index + step; at < end && window.Count < fit.Frames; at += step)
        {
            while (at < end && Planes(cache, at) is null) at++;
            if (at < end) window.AddLast(Planes(cache, at)!);
        }
        for (var at = index - step; at >= begin && window.Count < fit.Frames; at -= step)
        {
            while (at >= begin && Planes(cache, at) is null) at--;
            if (at >= begin) window.AddFirst(Planes(cache, at)!);
        }
        if (window.Count < fit.Frames)
            throw new UnreadableImageException(Describe(index), $"its clip has {window.Count} frames that can be read, and "
                + $"{fit.Frames} are looked at together");
        byte[] planes = [.. window.SelectMany(frame => frame)];
        return Image.FromPlanes(fit.ReadWidth, fit.ReadHeight, fit.Channels * fit.Frames, planes) with { HasAlpha = false };
    }

    /// <summary>A frame in the form of the cache; null where it can't be read.</summary>
    private static byte[]? Planes(ImageCache cache, int index)
    {
        var planes = new byte[cache.Input.Bytes];
        return cache.TryRead(index, planes) ? planes : null;
    }

    /// <summary>The single frames, each decoded once for the many windows that it is in.</summary>
    private ImageCache Frames(InputFormat one)
    {
        var known = Volatile.Read(ref frames);
        if (known is not null && known.Input == one) return known;
        var made = new ImageCache(this, one, Room);
        var before = Interlocked.CompareExchange(ref frames, made, known);
        return ReferenceEquals(before, known) ? made : Frames(one);
    }
}
