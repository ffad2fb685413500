using Foresee.Torch;

namespace Foresee.Losses;

/// <summary>L = -1/B · Σ_i ( log h(p_i) + Σ_j log(1 - h(p_ij)) ),  h(p) = p / (p + m/n)</summary>
/// <remarks>
/// Noise-contrastive estimation as in Wu, Xiong, Yu and Lin 2018, eqs. 5 to 7: which of 1 + m candidates of n is the data, m drawn
/// uniformly. Where all p are 1/n it is ln(1 + m) + m ln(1 + 1/m).
/// </remarks>
public static class NoiseContrast
{
    /// <param name="data">p_i, the probability of the true one, [B]</param>
    /// <param name="noise">p_ij, of the noise, [B, m]</param>
    /// <param name="images">n</param>
    public static Tensor Of(Tensor data, Tensor noise, long images)
    {
        var expected = (double)noise.Size(1) / images;                                      // m/n
        var isData = (data / (data + expected)).Log();
        var isNoise = -((noise / expected) + 1.0).Log();                                    // log(1 - h)
        return -(isData + isNoise.Sum(1)).Mean();
    }
}
