using Foresee.Torch;

namespace Foresee.Evaluation;

/// <summary>
/// How many directions a set of vectors uses (Roy and Vetterli 2007): <c>exp(-Σ p_i ln p_i)</c>, p_i = σ_i / Σ σ, with σ the singular
/// values
/// of the centred vectors. From 1, all on one line, to min(n - 1, D), all directions alike.
/// </summary>
public static class EffectiveRank
{
    /// <param name="vectors">[n, D]</param>
    /// <returns>0 where all vectors are equal.</returns>
    public static double Of(Tensor vectors)
    {
        using var scope = TensorScope.Begin();
        var x = vectors.To(DType.Float64);
        x -= x.Mean(0);
        var gram = x.Size(0) < x.Size(1) ? x.MatMul(x.T()) : x.T().MatMul(x); // the smaller of the two: same eigenvalues above 0
        var sigma = gram.SymmetricEigen().Values.Clamp(low: 0).Sqrt().ToArray<double>();
        var sum = sigma.Sum();
        return sum < 1e-12 ? 0 : Math.Exp(-sigma.Where(s => s > 0).Sum(s => s / sum * Math.Log(s / sum)));
    }
}
