using Foresee.Torch;

namespace Foresee.Losses;

/// <summary>
/// L = -1/2N · Σ_i log( exp(s_ij/τ) / Σ_{k≠i} exp(s_ik/τ) ),  i = 1..2N, j the other view of i's image, s the cosine
/// </summary>
/// <remarks>
/// Chen, Kornblith, Norouzi and Hinton 2020, eq. 1. ln(2N - 1) where all vectors are one, and about that before learning.
/// </remarks>
public static class NtXent
{
    /// <param name="z">[2N, d]: the first views of N images, then their second views in the same order.</param>
    /// <param name="temperature">τ</param>
    /// <param name="among">[M, d], the vectors of which k is one, z among them; null for z alone.</param>
    /// <param name="first">Where z begins in it.</param>
    public static InfoNceResult Of(Tensor z, double temperature, Tensor? among = null, long first = 0)
    {
        var unit = NegativeCosine.Unit(z);
        var others = among is null || ReferenceEquals(among, z) ? unit : NegativeCosine.Unit(among);
        var own = Tensor.Arange(z.Size(0), z.Device) + first;
        var self = own.Unsqueeze(1).Equal(Tensor.Arange(others.Size(0), z.Device));         // [2N, M]
        var scores = unit.MatMul(others.T()) / temperature;                                 // [2N, M]
        var views = own.Chunk(2);
        return Choice.Of(Tensor.Invoke("aten::masked_fill", "Scalar", scores, self, double.NegativeInfinity),
            Tensor.Cat([views[1], views[0]]));
    }
}
