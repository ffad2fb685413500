using Foresee.Torch;

namespace Foresee.Losses;

/// <summary>L = -1/n · Σ_i p_i·z_i / (‖p_i‖ ‖z_i‖)</summary>
/// <remarks>From -1, all pairs parallel, to 1; 0 where they have nothing to do with each other (Grill et al. 2020, eq. 2; Chen and He 2021,
/// eq. 1).</remarks>
public static class NegativeCosine
{
    private const double Least = 1e-8; // of a length, as torch's cosine_similarity

    /// <param name="p">[n, d]</param>
    /// <param name="z">[n, d]; no gradient goes into it where it is detached.</param>
    /// <returns>Scalar</returns>
    public static Tensor Of(Tensor p, Tensor z) => -(Unit(p) * Unit(z)).Sum(1).Mean();

    /// <summary>Rows of length 1.</summary>
    public static Tensor Unit(Tensor x) => x / x.Square().Sum(1, keep: true).Clamp(low: Least * Least).Sqrt();

    /// <summary>
    /// Mean over the coordinates of their standard deviation over the rows, each row brought to length 1: 0 where all images have one
    /// vector,
    /// near 1/√d where the vectors point everywhere.
    /// </summary>
    /// <param name="x">[n, d]</param>
    public static Tensor Spread(Tensor x) => Unit(x).Variance(0, unbiased: false).Sqrt().Mean();
}
