namespace Foresee.Images;

/// <summary>Places spread evenly over a list: without chance, and the same whatever the list's order means.</summary>
internal static class EvenSample
{
    /// <summary>At most count of the numbers 0 to total - 1, ascending: all of them where there are no more.</summary>
    public static int[] Of(int total, int count)
    {
        count = Math.Min(total, count);
        return [.. Enumerable.Range(0, count).Select(i => (int)((long)i * total / count))];
    }
}
