using Foresee.Torch;

namespace Foresee.Losses;

/// <summary>
/// Q ← exp(S/ε), then in turns Q_ik ← Q_ik / (K Σ_i Q_ik) and Q_ik ← Q_ik / (n Σ_k Q_ik); at last n Q: rows that sum to 1, while all
/// columns weigh about the same.
/// </summary>
/// <remarks>Sinkhorn and Knopp's iteration as in SwAV (Caron et al. 2020, section 3.1 and appendix A): balanced codes, without gradient.
/// </remarks>
public static class Sinkhorn
{
    private const double Least = 1e-30; // of a sum

    /// <param name="scores">S: [n, K]</param>
    /// <param name="epsilon">ε; the smaller, the harder the codes.</param>
    /// <param name="rounds">Of both divisions.</param>
    /// <returns>[n, K]</returns>
    public static Tensor Codes(Tensor scores, double epsilon, int rounds)
    {
        using var noGrad = Autograd.NoGrad();
        var (n, k) = ((double)scores.Size(0), (double)scores.Size(1));
        var q = ((scores - scores.Max()) / epsilon).Exp();                                  // a common factor has no effect
        for (var round = 0; round < rounds; round++)
        {
            q = q / (q.Sum(0, keep: true).Clamp(low: Least) * k);
            q = q / (q.Sum(1, keep: true).Clamp(low: Least) * n);
        }
        return q * n;
    }
}
