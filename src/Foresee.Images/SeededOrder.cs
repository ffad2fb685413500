namespace Foresee.Images;

/// <summary>
/// Random numbers and orders that depend on the seed alone, on every machine and in every later version (SplitMix64 of Steele,
/// Lea and Flood, 2014; .NET does not promise that its own generator stays the same).
/// </summary>
public sealed class SeededOrder(ulong seed)
{
    private ulong state = seed;

    /// <summary>One order per stream of a seed, for instance per epoch.</summary>
    public SeededOrder(ulong seed, ulong stream) : this(new SeededOrder(seed).Next() ^ new SeededOrder(~stream).Next()) { }

    public ulong Next() => Hash(state += Golden);

    internal const ulong Golden = 0x9E3779B97F4A7C15; // 2^64 / golden ratio, odd

    /// <summary>The n-th number of SplitMix64 is the hash of seed + n·<see cref="Golden"/>.</summary>
    internal static ulong Hash(ulong z)
    {
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }

    /// <summary>0 to limit - 1; the high half of a 128-bit product, whose bias is below limit / 2^64.</summary>
    public int Below(int limit) => (int)Math.BigMul(Next(), (ulong)limit, out _);

    /// <summary>Fisher and Yates.</summary>
    public void Shuffle(Span<int> items)
    {
        for (var i = items.Length - 1; i > 0; i--)
        {
            var j = Below(i + 1);
            (items[i], items[j]) = (items[j], items[i]);
        }
    }

    /// <summary>0 to count - 1 in random order.</summary>
    public int[] Permutation(int count)
    {
        var order = new int[count];
        for (var i = 0; i < count; i++) order[i] = i;
        Shuffle(order);
        return order;
    }
}
