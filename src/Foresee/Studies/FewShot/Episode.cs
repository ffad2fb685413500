using Foresee.Images;

namespace Foresee.Studies.FewShot;

/// <summary>One question: which of a few classes, each known from a few images, are these others of?</summary>
/// <param name="Support">Images with labels, class after class, as many of each.</param>
/// <param name="Query">Images to tell apart, class after class, as many of each.</param>
public sealed record Episode(int[] Support, int[] Query)
{
    /// <summary>Classes by chance among those that have enough images, images by chance without repetition.</summary>
    /// <param name="classes">Images of each class.</param>
    /// <param name="seed">With the number it decides all; the same classes and images come first for any number of shots.</param>
    public static Episode Draw(IReadOnlyList<int[]> classes, int ways, int shots, int queries, int seed, int number)
    {
        var random = new SeededOrder((ulong)seed, (ulong)number);
        int[] enough = [.. Enumerable.Range(0, classes.Count).Where(c => classes[c].Length >= shots + queries)];
        random.Shuffle(enough);
        var (support, query) = (new int[ways * shots], new int[ways * queries]);
        for (var way = 0; way < ways; way++)
        {
            var images = (int[])classes[enough[way]].Clone();
            random.Shuffle(images);
            images.AsSpan(0, queries).CopyTo(query.AsSpan(way * queries));
            images.AsSpan(queries, shots).CopyTo(support.AsSpan(way * shots));
        }
        return new(support, query);
    }
}
