using Foresee.Images;

namespace Foresee.Fitting;

/// <summary>
/// Stratified folds of labelled images: the members of each class in a random order, dealt out in turn, the next class going on where the
/// last one ended. So each fold has as many of each class as any other, one more or less, and what is learnt from when a fold is held out
/// has every class. An image that is the only one of its class is never held out. Copies of
/// one image are dealt as one, so that none is learnt from while another is held out.
/// </summary>
public sealed class Folds
{
    /// <summary>More would cost more and tell hardly more (Kohavi, IJCAI 1995: five to ten).</summary>
    public const int Most = 5;

    /// <summary>
    /// For calibrating the one that was chosen: each classifier has learnt from 95 % of the labels.
    /// </summary>
    public const int MostToCalibrate = 20;

    private readonly int[] fold; // -1: never held out

    private Folds(int[] fold, int count) => (this.fold, Count) = (fold, count);

    /// <summary>0 where nothing can be held out: fewer than two classes have two images.</summary>
    public int Count { get; }

    /// <summary>Images that are held out once.</summary>
    public int HeldOut => fold.Count(f => f >= 0);

    /// <param name="labels">One per image.</param>
    /// <param name="most">No more folds than the largest class has images.</param>
    /// <param name="contents">One per image, which copies share; null where there are none.</param>
    public static Folds Of(int[] labels, int seed, int most = Most, string[]? contents = null)
    {
        if (most < 2) throw new ArgumentOutOfRangeException(nameof(most), most, "Cross-validation needs 2 or more folds.");
        var fold = new int[labels.Length];
        Array.Fill(fold, -1);
        // The first of its copies stands for each image. A class with fewer than two of these is always learnt, copies of its images too.
        var first = new int[labels.Length];
        var known = new Dictionary<string, int>();
        for (var i = 0; i < first.Length; i++)
            first[i] = contents is null || known.TryAdd(contents[i], i) ? i : known[contents[i]];
        var own = first.Distinct().CountBy(i => labels[i]).ToDictionary();
        var fixedOnes = labels.Index().Where(pair => own.GetValueOrDefault(pair.Item) < 2).Select(pair => first[pair.Index]).ToHashSet();
        int[][] classes = [.. first.Distinct().Where(i => !fixedOnes.Contains(i)).GroupBy(i => labels[i]).OrderBy(group => group.Key)
            .Select(group => group.ToArray())];
        if (classes.Length < 2 || classes.Max(members => members.Length) is var largest && largest < 2) return new(fold, 0);
        var count = Math.Min(most, largest);
        var next = 0;
        foreach (var members in classes)
        {
            new SeededOrder((ulong)seed, (ulong)labels[members[0]]).Shuffle(members);
            foreach (var image in members) fold[image] = next++ % count;
        }
        for (var i = 0; i < fold.Length; i++) fold[i] = fold[first[i]];
        return new(fold, count);
    }

    /// <summary>Numbers of the images that are measured when this fold is held out, rising.</summary>
    public int[] Held(int number) => [.. Where(f => f == number)];

    /// <summary>Numbers of all others, rising.</summary>
    public int[] Learnt(int number) => [.. Where(f => f != number)];

    private IEnumerable<int> Where(Predicate<int> wanted) => fold.Index().Where(pair => wanted(pair.Item)).Select(pair => pair.Index);
}
