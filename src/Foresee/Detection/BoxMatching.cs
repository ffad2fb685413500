using Foresee.Images;

namespace Foresee.Detection;

/// <summary>Which object a candidate box stands for, and which candidates are learnt from.</summary>
public static class BoxMatching
{
    /// <summary>A candidate that stands for none.</summary>
    public const int Background = -1;

    /// <summary>A candidate that is neither near enough to an object nor far enough from all: nothing is learnt from it.</summary>
    public const int Ignored = -2;

    /// <summary>
    /// The object that each candidate overlaps most: from <paramref name="high"/> on it stands for it, below <paramref name="low"/> for
    /// background.
    /// </summary>
    /// <param name="overlaps">[objects, candidates] intersection over union.</param>
    /// <param name="keepBest">Also the candidates nearest to an object that no candidate is near enough to; they stand for the object that
    /// they themselves overlap most (of region proposals). An object that no candidate meets saves none; torchvision saves all.</param>
    /// <returns>Of each candidate the object's number, <see cref="Background"/> or <see cref="Ignored"/>.</returns>
    public static int[] Match(double[,] overlaps, double high, double low, bool keepBest)
    {
        var (objects, candidates) = (overlaps.GetLength(0), overlaps.GetLength(1));
        var (matches, best) = (new int[candidates], new double[objects]);
        for (var c = 0; c < candidates; c++)
        {
            var nearest = Nearest(overlaps, c);
            var overlap = nearest < 0 ? 0 : overlaps[nearest, c];
            matches[c] = overlap >= high && nearest >= 0 ? nearest : overlap < low ? Background : Ignored;
            for (var o = 0; o < objects; o++) best[o] = Math.Max(best[o], overlaps[o, c]);
        }
        if (!keepBest) return matches;
        for (var o = 0; o < objects; o++)
            for (var c = 0; c < candidates && best[o] > 0; c++)
                if (overlaps[o, c] == best[o]) matches[c] = Nearest(overlaps, c);
        return matches;
    }

    public static int[] Match(IReadOnlyList<Box> objects, ReadOnlySpan<Box> candidates, double high, double low, bool keepBest)
    {
        var overlaps = new double[objects.Count, candidates.Length];
        for (var o = 0; o < objects.Count; o++)
            for (var c = 0; c < candidates.Length; c++) overlaps[o, c] = Box.Overlap(objects[o], candidates[c]);
        return Match(overlaps, high, low, keepBest);
    }

    /// <summary>-1 without objects; of equals the first.</summary>
    private static int Nearest(double[,] overlaps, int candidate)
    {
        var nearest = overlaps.GetLength(0) - 1;
        for (var o = nearest - 1; o >= 0; o--)
            if (overlaps[o, candidate] >= overlaps[nearest, candidate]) nearest = o;
        return nearest;
    }

    /// <summary>At random so many candidates, at most a share of them with an object; background fills up.</summary>
    /// <returns>Candidates with an object first.</returns>
    public static int[] Sample(int[] matches, int count, double share, SeededOrder random)
    {
        int[] with = [.. matches.Index().Where(m => m.Item >= 0).Select(m => m.Index)];
        int[] without = [.. matches.Index().Where(m => m.Item == Background).Select(m => m.Index)];
        random.Shuffle(with);
        random.Shuffle(without);
        var first = Math.Min(with.Length, (int)(count * share));
        return [.. with.AsSpan(0, first), .. without.AsSpan(0, Math.Min(without.Length, count - first))];
    }
}
