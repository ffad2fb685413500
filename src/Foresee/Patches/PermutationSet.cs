using System.Numerics;

namespace Foresee.Patches;

/// <summary>
/// Orders of nine tiles that differ in as many places as can be: each next one is the farthest from all before by its nearest, ties by the
/// mean (Noroozi and Favaro 2016, algorithm 1, takes the mean alone, which leaves orders that differ in two places). Always the same.
/// </summary>
public static class PermutationSet
{
    private const int Items = TileLayout.Count, Bits = 4;
    private const ulong LowBits = 0x1_1111_1111;

    /// <summary>How many orders there are.</summary>
    public const int All = 362_880;

    /// <param name="count">1 to <see cref="All"/>; a second for 1,000.</param>
    /// <returns>Each has 0 to 8 once; the first is their order.</returns>
    public static IReadOnlyList<IReadOnlyList<int>> Of(int count)
    {
        if (count is < 1 or > All) throw new ArgumentException($"Nine tiles have 1 to {All:N0} orders, got {count}.");
        var candidates = new List<ulong>(All);
        Extend(0, 0, 0, candidates);
        var (nearest, total) = (new byte[All], new int[All]);
        Array.Fill(nearest, byte.MaxValue);
        var chosen = new List<ulong>();
        for (var next = 0; chosen.Count < count;)
        {
            chosen.Add(candidates[next]);
            var best = -1;
            for (var i = 0; i < All; i++)
            {
                var distance = Distance(candidates[i], chosen[^1]);
                nearest[i] = Math.Min(nearest[i], (byte)distance);
                total[i] += distance;
                if (best < 0 || nearest[i] > nearest[best] || (nearest[i] == nearest[best] && total[i] > total[best])) best = i;
            }
            next = best;
        }
        return [.. chosen.Select(Unpacked)];
    }

    /// <summary>Places in which two orders differ (Hamming's distance); each place is four bits.</summary>
    private static int Distance(ulong a, ulong b)
    {
        var differ = a ^ b;
        differ |= differ >> 2;
        differ |= differ >> 1;
        return BitOperations.PopCount(differ & LowBits);
    }

    private static void Extend(ulong packed, int places, int used, List<ulong> into)
    {
        if (places == Items) into.Add(packed);
        for (var item = 0; item < Items; item++)
            if ((used & (1 << item)) == 0) Extend(packed | ((ulong)item << (Bits * places)), places + 1, used | (1 << item), into);
    }

    private static int[] Unpacked(ulong packed) => [.. Enumerable.Range(0, Items).Select(place => (int)(packed >> (Bits * place)) & 15)];
}
