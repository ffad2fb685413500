using System.Numerics;
using System.Runtime.InteropServices;
using Foresee.Torch;

namespace Foresee.Encoders.Spectral;

/// <summary>
/// Which atoms are active at each place of an image. With h pairs, atom 2 k is patch k of the dictionary and atom 2 k + 1 its mirror
/// image.
/// </summary>
internal sealed class SparseCodes
{
    private const int Block = 96; // patches whose products stay in the cache
    private readonly List<ushort> atoms = [];
    private readonly List<int> ends = [];

    public int Places => ends.Count;

    /// <summary>Active atoms, place after place.</summary>
    public ReadOnlySpan<ushort> All => CollectionsMarshal.AsSpan(atoms);

    /// <summary>Where those of a place lie in <see cref="All"/>, rising.</summary>
    public Range At(int place) => (place == 0 ? 0 : ends[place - 1])..ends[place];

    /// <summary>The next place.</summary>
    /// <param name="active">Rising.</param>
    public void Add(params ReadOnlySpan<ushort> active)
    {
        foreach (var atom in active) atoms.Add(atom);
        ends.Add(atoms.Count);
    }

    /// <summary>
    /// a_k = 1 where φ_k · x exceeds the threshold. A patch falls into an even and an odd part under mirroring, x = e + o, and so does an
    /// atom: φ_k · x = e_k · e + o_k · o, and its mirror image gives e_k · e - o_k · o. Two products of half the length serve both.
    /// </summary>
    /// <param name="even">f32 [n, E], with the odd part of length 1.</param>
    /// <param name="odd">f32 [n, O]</param>
    /// <param name="evenAtoms">f32 [E, h]</param>
    /// <param name="oddAtoms">f32 [O, h]</param>
    public static SparseCodes Of(Tensor even, Tensor odd, Tensor evenAtoms, Tensor oddAtoms, float threshold)
    {
        var codes = new SparseCodes();
        var (count, half) = (even.Size(0), (int)evenAtoms.Size(1));
        for (long from = 0; from < count; from += Block)
        {
            using var scope = TensorScope.Begin();
            var rows = Math.Min(Block, count - from);
            var plus = even.Narrow(0, from, rows).MatMul(evenAtoms);                   // [b, h]
            var minus = odd.Narrow(0, from, rows).MatMul(oddAtoms);                    // [b, h]
            for (var i = 0; i < rows; i++)
            {
                codes.Scan(plus.Data<float>().Slice(i * half, half), minus.Data<float>().Slice(i * half, half), threshold);
                codes.ends.Add(codes.atoms.Count);
            }
        }
        return codes;
    }

    private void Scan(ReadOnlySpan<float> even, ReadOnlySpan<float> odd, float threshold)
    {
        var (half, lanes) = (even.Length, Vector<float>.Count);
        var e = MemoryMarshal.Cast<float, Vector<float>>(even);
        var o = MemoryMarshal.Cast<float, Vector<float>>(odd);
        var least = new Vector<float>(threshold);
        for (var v = 0; v < e.Length; v++)
            if (Vector.GreaterThanAny(e[v] + Vector.Abs(o[v]), least)) Each(v * lanes, (v + 1) * lanes, even, odd);
        Each(e.Length * lanes, half, even, odd);

        void Each(int from, int to, ReadOnlySpan<float> even, ReadOnlySpan<float> odd)
        {
            for (var k = from; k < to; k++)
            {
                if (even[k] + odd[k] > threshold) atoms.Add((ushort)(2 * k));
                if (even[k] - odd[k] > threshold) atoms.Add((ushort)(2 * k + 1));
            }
        }
    }
}
