using Foresee.Torch;
using Foresee.Torch.Losses;

namespace Foresee.Losses;

/// <summary>
/// s = mean (a - b)²;  v = the mean over both views and all coordinates of max(0, 1 - √(Var + 1e-4));  c = Σ over both views of
/// 1/d Σ_{i≠j} Cov_ij²
/// </summary>
/// <remarks>Bardes, Ponce and LeCun 2022, eqs. 1 to 5, as in their code. v is 0.99 where all vectors are one.</remarks>
public static class VarianceCovariance
{
    private const double Epsilon = 1e-4;

    /// <param name="a">The first views' vectors, [B, d], B at least 2.</param>
    /// <param name="b">The second views', [B, d].</param>
    public static VarianceCovarianceResult Of(Tensor a, Tensor b)
    {
        var (first, second) = (OfOne(a), OfOne(b));
        return new(Loss.MeanSquaredError(a, b), (first.Variance + second.Variance) / 2, first.Covariance + second.Covariance);
    }

    private static (Tensor Variance, Tensor Covariance) OfOne(Tensor z)
    {
        var (centred, degrees) = (z - z.Mean(0), z.Size(0) - 1.0);
        var covariance = centred.T().MatMul(centred) / degrees;                             // [d, d]
        var variance = Tensor.Invoke("aten::diagonal", "", covariance);                     // [d]
        return ((-(variance + Epsilon).Sqrt() + 1.0).Relu().Mean(), (covariance.Square().Sum() - variance.Square().Sum()) / z.Size(1));
    }
}

/// <param name="Invariance">s</param>
/// <param name="Variance">v</param>
/// <param name="Covariance">c</param>
public readonly record struct VarianceCovarianceResult(Tensor Invariance, Tensor Variance, Tensor Covariance);
