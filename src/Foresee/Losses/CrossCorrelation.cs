using Foresee.Torch;

namespace Foresee.Losses;

/// <summary>L = Σ_i (1 - C_ii)² + λ Σ_{i≠j} C_ij²,  C_ij the correlation over the batch of a's coordinate i with b's j</summary>
/// <remarks>
/// Zbontar et al. 2021, eqs. 1 and 2; its code divides by the deviation with a variance that is biased and has 1e-5 added, as batch norm
/// does. Unrelated views have d + λ d(d-1)/B.
/// </remarks>
public static class CrossCorrelation
{
    private const double Epsilon = 1e-5;

    /// <param name="a">The first views' vectors, [B, d].</param>
    /// <param name="b">The second views', [B, d].</param>
    /// <param name="offDiagonal">λ</param>
    public static CrossCorrelationResult Of(Tensor a, Tensor b, double offDiagonal)
    {
        var c = Standardised(a).T().MatMul(Standardised(b)) / (double)a.Size(0);            // [d, d]
        var diagonal = Tensor.Invoke("aten::diagonal", "", c);                              // [d]
        var (on, off) = ((diagonal - 1.0).Square().Sum(), c.Square().Sum() - diagonal.Square().Sum());
        return new(on + offDiagonal * off, diagonal.Detach().Mean());
    }

    private static Tensor Standardised(Tensor z)
    {
        var centred = z - z.Mean(0);
        return centred * (centred.Square().Mean(0) + Epsilon).Rsqrt();
    }
}

/// <param name="Loss">Scalar.</param>
/// <param name="Agreement">Scalar without gradient: the mean of C's diagonal; 0 for unrelated views, 1 for views of one vector.</param>
public readonly record struct CrossCorrelationResult(Tensor Loss, Tensor Agreement);
