using Foresee.Torch;

namespace Foresee.Studies.Transferability;

/// <summary>
/// tr(cov(f)⁻¹ cov(E[f | y])): how much of what the features vary by tells the classes apart, from 0 to classes - 1. Larger is better;
/// comparable on the same images only.
/// </summary>
/// <remarks>
/// Bao et al. 2019, definition 2. Shrunk (Ibrahim et al. 2022, equation 6): cov(f) becomes (1-ρ) cov(f) + ρ tr(cov f)/D · I with ρ of
/// Ledoit and Wolf (2004), and the score (1-ρ) times as large; without it D near n makes any features look perfect.
/// </remarks>
public static class HScore
{
    private const double Negligible = 1e-10; // of the largest variance of a direction

    /// <param name="features">[n, D]</param>
    /// <param name="labels">Of each, below <paramref name="classes"/>.</param>
    public static double Of(Tensor features, int[] labels, int classes, bool shrunk = true)
    {
        using var noGrad = Autograd.NoGrad();
        using var scope = TensorScope.Begin();
        var f = features.To(DType.Float64);
        f -= f.Mean(0);
        var n = (double)labels.Length;
        var covariance = f.T().MatMul(f) / n;                                             // [D, D]
        var rho = shrunk ? Shrinkage(f, covariance) : 0;
        var pairs = covariance.SymmetricEigen();
        var variances = pairs.Values.ToArray<double>();                                   // ascending
        var floor = rho * variances.Average();
        var counts = new double[classes];
        foreach (var label in labels) counts[label]++;
        var sums = Tensor.Zeros([classes, f.Size(1)], DType.Float64)
            .IndexAdd_(0, Tensor.From(Array.ConvertAll(labels, label => (long)label)), f);
        var along = sums.MatMul(pairs.Vectors).ToArray<double>();                         // [classes, D]
        var score = 0.0;
        for (var k = 0; k < variances.Length; k++)
        {
            var variance = (1 - rho) * variances[k] + floor;
            if (variance <= Negligible * variances[^1]) continue;
            for (var c = 0; c < classes; c++)
                if (counts[c] > 0) score += along[c * variances.Length + k] * along[c * variances.Length + k] / (counts[c] * n * variance);
        }
        return (1 - rho) * score;
    }

    /// <summary>
    /// ρ = min(1, b²/d²): d² = |S - μ I|²/D, b² = Σ_i |f_i f_iᵀ - S|²/(D n²), μ = tr(S)/D.
    /// </summary>
    /// <param name="f">[n, D], centred.</param>
    /// <param name="covariance">S: [D, D]</param>
    internal static double Shrinkage(Tensor f, Tensor covariance)
    {
        using var scope = TensorScope.Begin();
        var (n, d) = ((double)f.Size(0), (double)f.Size(1));
        var square = covariance.Square().Sum().ToDouble();
        var mean = f.Square().Sum().ToDouble() / n / d;
        var spread = (square - d * mean * mean) / d;
        var noise = (f.Square().Sum(1).Square().Sum().ToDouble() - n * square) / (d * n * n);
        return spread <= 0 ? 1 : Math.Clamp(noise / spread, 0, 1);
    }
}
