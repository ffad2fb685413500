using System.Collections.Concurrent;

namespace Foresee.Images;

/// <summary>The images of a source in one form, as planes: decoded once while there is room, and unreadable ones found once.</summary>
internal sealed class ImageCache(IImageSource source, InputFormat fit, long limit)
{
    private readonly byte[]?[] kept = source.Holds(fit) ? [] : new byte[source.Count][];
    private readonly ConcurrentDictionary<int, SkippedImage> skipped = new();
    private readonly bool[] sixteenBit = new bool[source.Count], morePictures = new bool[source.Count]; // each written once or alike
    private long room = limit;

    public InputFormat Input => fit;

    /// <summary>By number, so that the list does not depend on which thread came first.</summary>
    public IReadOnlyList<SkippedImage> Skipped => [.. skipped.Values.OrderBy(s => s.Index)];

    /// <summary>How many images that were read have 16 bits per channel in their file.</summary>
    public int SixteenBit => sixteenBit.Count(is16 => is16);

    /// <summary>How many images that were read are the first of several in their file.</summary>
    public int WithMorePictures => morePictures.Count(more => more);

    public void Skip(int index, UnreadableImageException error) => skipped.TryAdd(index, new(index, error.File, error.Reason));

    /// <summary>Why an image was left out; null for one that was not.</summary>
    public SkippedImage? SkippedAt(int index) => skipped.GetValueOrDefault(index);

    /// <summary>The image, where it is kept.</summary>
    public Image? Kept(int index) => kept.Length > 0 && Volatile.Read(ref kept[index]) is { } planes
        ? Image.FromPlanes(fit.ReadWidth, fit.ReadHeight, fit.Channels, planes) with { StoredBits = sixteenBit[index] ? 16 : 8 }
        : null;

    /// <summary>Writes the image's planes; false when it can't be read.</summary>
    public bool TryRead(int index, Span<byte> planes)
    {
        var held = kept.Length > 0 ? Volatile.Read(ref kept[index]) : null;
        if (held is not null)
        {
            held.CopyTo(planes);
            return true;
        }
        if (skipped.ContainsKey(index)) return false;
        try
        {
            var image = source.Read(index, fit);
            image.CopyPlanes(planes);
            (sixteenBit[index], morePictures[index]) = (image.StoredBits > 8, image.Pictures > 1);
        }
        catch (UnreadableImageException error)
        {
            Skip(index, error);
            return false;
        }
        if (kept.Length > 0) Keep(index, planes);
        return true;
    }

    public ImageDataException NothingReadable()
    {
        var first = Skipped[0];
        return new($"None of the {source.Count} images of {source.Name} can be read. The first: {first.File}: {first.Reason}");
    }

    private void Keep(int index, ReadOnlySpan<byte> planes)
    {
        if (Volatile.Read(ref room) < planes.Length) return;
        if (Interlocked.Add(ref room, -planes.Length) < 0) Interlocked.Add(ref room, planes.Length);
        // another thread was first
        else if (Interlocked.CompareExchange(ref kept[index], planes.ToArray(), null) is not null) Interlocked.Add(ref room, planes.Length);
    }
}
