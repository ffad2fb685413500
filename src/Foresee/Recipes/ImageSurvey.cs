using Foresee.Images;

namespace Foresee.Recipes;

/// <summary>What some images from all over a source are like: as many channels as most of them have, and the sides and values of those.</summary>
/// <param name="Sides">The shorter side of each, rising.</param>
/// <param name="Channels">1 where all are grey, 3 where some have colour, else their number.</param>
/// <param name="Looked">Images that could be read, those of other channels with them.</param>
/// <param name="Window">Around the values of those with 16 bits.</param>
internal sealed record ImageSurvey(IReadOnlyList<int> Sides, int Channels, int Looked, LevelWindow Window)
{
    private const int Most = 200;
    private const int Picture = 0; // grey and RGB become each other; other numbers of channels stand alone

    private sealed record Seen(int Index, int Side, int Colours, int Bits)
    {
        public int Kind => Colours is 1 or 3 ? Picture : Colours;
    }

    /// <summary>How many of a source's images can be learnt from, where what was looked at is like the rest; of no more than are looked at it is the number itself.</summary>
    /// <param name="side">That an image must have.</param>
    public int Usable(int count, int side) => (int)((long)Sides.Count(s => s >= side) * count / Math.Min(Most, count));

    public static ImageSurvey Of(IImageSource images)
    {
        var seen = Look(images).ToList();
        if (seen.Count == 0) throw new ImageDataException($"None of the {Math.Min(Most, images.Count)} images of {images.Name} that were looked at can be read; `foresee doctor` tells whether the decoder is there.");
        var alike = seen.GroupBy(image => image.Kind).OrderByDescending(kind => kind.Count()).ThenBy(kind => kind.Key).First();
        var channels = alike.Max(image => image.Colours);
        return new([.. alike.Select(image => image.Side).Order()], channels, seen.Count, Around(images, [.. alike.Where(image => image.Bits == 16)], channels));
    }

    private static IEnumerable<Seen> Look(IImageSource images)
    {
        foreach (var index in EvenSample.Of(images.Count, Most))
        {
            Seen? seen = null;
            try
            {
                var image = images.Read(index);
                seen = new(index, Math.Min(image.Width, image.Height), image.Colours, image.StoredBits);
            }
            catch (UnreadableImageException)
            {
                // The run's loader names and counts it; here it only can't be measured.
            }
            if (seen is not null) yield return seen;
        }
    }

    /// <summary>Grey and RGB share one window, so that colours stay; other channels have one each, for a band's values are in units of its own.</summary>
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
