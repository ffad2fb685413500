using Foresee.Torch;

namespace Foresee.Studies.Transferability;

/// <summary>
/// The logarithm of maximum evidence per image: of a linear model y = F w + noise with w ~ N(0, I/α) and noise ~ N(0, I/β), the largest
/// ln p(y | F) over α and β, divided by n; the mean over classes, y being 1 for images of the class and 0 for others. Larger is better;
/// comparable on the same images only.
/// </summary>
/// <remarks>
/// LogME (You et al. 2021, algorithm 1 by the fixed point of You et al. 2022, section 4.2): F = U diag(s) Vᵀ, σ = s², x = Uᵀy; in turns
/// t = α/β, γ = Σ σ/(σ+t), m² = Σ σ x²/(t+σ)², r² = Σ x²/(1+σ/t)² + |y|² - |x|², α = γ/(m² + 10⁻⁵),
/// β = (n-γ)/(r² + 10⁻⁵). Directions that F does not have leave the evidence as it is, so α counts for the rank of F, not for its width.
/// </remarks>
public static class LogMe
{
    private const int Rounds = 11;
    private const double Settled = 1e-3, Floor = 1e-5, Negligible = 1e-12; // the last of the largest σ

    /// <param name="features">F: [n, D]</param>
    /// <param name="labels">Of each, below <paramref name="classes"/>.</param>
    public static double Of(Tensor features, int[] labels, int classes) => ByClass(features, labels, classes).Average();

    /// <summary>ln p(y | F) / n of each class.</summary>
    public static double[] ByClass(Tensor features, int[] labels, int classes)
    {
        using var noGrad = Autograd.NoGrad();
        using var scope = TensorScope.Begin();
        var f = features.To(DType.Float64);
        var (n, d) = (f.Size(0), f.Size(1));
        var targets = Targets(labels, classes);                                           // [classes, n]
        var pairs = (d <= n ? f.T().MatMul(f) : f.MatMul(f.T())).SymmetricEigen();        // σ, ascending
        var sigma = pairs.Values.ToArray<double>();
        var seen = targets.MatMul(d <= n ? f.MatMul(pairs.Vectors) : pairs.Vectors);      // [classes, rank]: x, times s where d <= n
        var x = seen.ToArray<double>();
        var kept = Enumerable.Range(0, sigma.Length).Where(k => sigma[k] > Negligible * sigma[^1]).ToArray();
        double[] values = [.. kept.Select(k => sigma[k])];
        var evidence = new double[classes];
        for (var c = 0; c < classes; c++)
        {
            double[] squares = [.. kept.Select(k => x[c * sigma.Length + k]).Select((one, i) => one * one / (d <= n ? values[i] : 1))];
            evidence[c] = Evidence(values, squares, labels.Count(label => label == c), n);
        }
        return evidence;
    }

    /// <param name="sigma">σ</param>
    /// <param name="squares">x²</param>
    /// <param name="length">|y|²</param>
    private static double Evidence(double[] sigma, double[] squares, double length, long n)
    {
        var rest = Math.Max(0, length - squares.Sum());
        var (alpha, beta) = (1.0, 1.0);
        for (var round = 0; round < Rounds; round++)
        {
            var t = alpha / beta;
            var (gamma, m2, r2) = At(t);
            (alpha, beta) = (gamma / (m2 + Floor), (n - gamma) / (r2 + Floor));
            if (Math.Abs(alpha / beta - t) / t <= Settled) break;
        }
        var (_, length2, error2) = At(alpha / beta); // at the last t, so that it is the evidence of just this α and β
        return (sigma.Length / 2.0 * Math.Log(alpha) + n / 2.0 * Math.Log(beta) - sigma.Sum(s => Math.Log(alpha + beta * s)) / 2
            - beta * error2 / 2 - alpha * length2 / 2 - n / 2.0 * Math.Log(2 * Math.PI)) / n;

        (double Gamma, double M2, double R2) At(double t)
        {
            var (gamma, m, r) = (0.0, 0.0, rest);
            for (var k = 0; k < sigma.Length; k++)
            {
                var whole = sigma[k] + t;
                gamma += sigma[k] / whole;
                m += sigma[k] * squares[k] / (whole * whole);
                r += squares[k] * t * t / (whole * whole);
            }
            return (gamma, m, r);
        }
    }

    private static Tensor Targets(int[] labels, int classes)
    {
        var targets = new double[classes * labels.Length];
        for (var i = 0; i < labels.Length; i++) targets[labels[i] * labels.Length + i] = 1;
        return Tensor.From(targets, classes, labels.Length);
    }
}
