using Foresee.Images;

namespace Foresee.Recipes;

/// <summary>
/// What some images from all over a source are like: as many channels as most of them have, and the sides and values of those.
/// </summary>
/// <param name="Sides">The shorter side of each, rising.</param>
/// <param name="Channels">1 where all are grey, 3 where some have colour, else their number.</param>
/// <param name="Looked">Images that could be read, those of other channels with them.</param>
/// <param name="Window">Around the values of those with 16 bits, where all have 16; beside images of 8 bits the whole range, so that a
/// picture is the same in both.</param>
/// <param name="Mixed">Whether some have 8 bits and some 16.</param>
internal sealed record ImageSurvey(IReadOnlyList<int> Sides, int Channels, int Looked, LevelWindow Window, bool Mixed)
{
    private const int Most = 200;
    private const int Seed = 0;
    private const int Picture = 0;                 // grey and RGB become each other; other numbers of channels stand alone
    private const int Glance = 16;                 // side of what is decoded to see whether a file is whole
    private const long LargestGlance = 1L << 26;   // pixels; of larger images the header is believed

    private sealed record Seen(int Index, int Side, int Colours, int Bits)
    {
        public int Kind => Colours is 1 or 3 ? Picture : Colours;
    }

    /// <summary>
    /// How many of a source's images can be learnt from, where what was looked at is like the rest; of no more than are looked at it is the
    /// number itself.
    /// </summary>
    /// <param name="side">That an image must have.</param>
    public int Usable(int count, int side) => (int)((long)Sides.Count(s => s >= side) * count / Math.Min(Most, count));

    /// <exception cref="ImageDataException">None that was looked at can be read; the first one's reason is said.</exception>
    public static ImageSurvey Of(IImageSource images)
    {
        var (seen, unreadable) = (new List<Seen>(), new List<UnreadableImageException>());
        foreach (var index in Places(images.Count)) Look(images, index, seen, unreadable);
        if (seen.Count == 0)
            throw new ImageDataException($"None of the {unreadable.Count} images of {images.Name} that were looked at can be read. "
                + $"The first: {unreadable[0].File}: {unreadable[0].Reason}");
        var alike = seen.GroupBy(image => image.Kind).OrderByDescending(kind => kind.Count()).ThenBy(kind => kind.Key).First();
        var channels = alike.Max(image => image.Colours);
        Seen[] deep = [.. alike.Where(image => image.Bits == 16)];
        var mixed = deep.Length > 0 && deep.Length < alike.Count();
        var window = mixed ? LevelWindow.Whole : Around(images, deep, channels);
        return new([.. alike.Select(image => image.Side).Order()], channels, seen.Count, window, mixed);
    }

    /// <summary>By chance, the same each time: files that lie in turns must not be looked at in step with them.</summary>
    private static IEnumerable<int> Places(int count) => new SeededOrder(Seed).Permutation(count).Take(Most).Order();

    private static void Look(IImageSource images, int index, List<Seen> seen, List<UnreadableImageException> unreadable)
    {
        try
        {
            var header = images.Look(index);
            if ((long)header.Width * header.Height <= LargestGlance)
                _ = images.Read(index, new(Glance, Glance, header.Colours) { Small = SmallImages.Enlarge });
            seen.Add(new(index, Math.Min(header.Width, header.Height), header.Colours, header.Bits));
        }
        catch (UnreadableImageException error)
        {
            unreadable.Add(error); // the run's loader names and counts it; here it only can't be measured
        }
    }

    /// <summary>
    /// Grey and RGB share one window, so that colours stay; other channels have one each, for a band's values are in units of its own.
    /// </summary>
    private static LevelWindow Around(IImageSource images, IReadOnlyList<Seen> deep, int channels)
    {
        var sums = new long[channels is 1 or 3 ? 1 : channels][];
        for (var c = 0; c < sums.Length; c++) sums[c] = new long[LevelWindow.Levels];
        foreach (var image in deep)
        {
            var counts = images.CountLevels(image.Index) ?? [];
            for (var c = 0; c < counts.Count; c++)
                for (var level = 0; level < LevelWindow.Levels; level++) sums[c % sums.Length][level] += counts[c][level];
        }
        return sums.All(counts => counts.Any(count => count > 0)) ? LevelWindow.Around(sums) : LevelWindow.Whole;
    }
}
