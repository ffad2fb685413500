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
    public static InfoNceResult Of(Tensor z, double temperature)
    {
        var (unit, all) = (NegativeCosine.Unit(z), Tensor.Arange(z.Size(0), z.Device));
        var self = all.Unsqueeze(1).Equal(all);                                             // [2N, 2N]
        var scores = unit.MatMul(unit.T()) / temperature;                                   // [2N, 2N]
        var views = all.Chunk(2);
        return Choice.Of(Tensor.Invoke("aten::masked_fill", "Scalar", scores, self, double.NegativeInfinity),
            Tensor.Cat([views[1], views[0]]));
    }
}
