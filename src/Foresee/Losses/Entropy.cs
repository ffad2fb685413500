using Foresee.Torch;

namespace Foresee.Losses;

/// <summary>1/N Σ_n H(softmax(z_n)), H(p) = -Σ_c p_c log p_c (Grandvalet and Bengio, NIPS 2004, eq. 8)</summary>
/// <remarks>
/// ln C where nothing is known, 0 where each image is certain; also where all are of one class, which nothing here forbids.
/// </remarks>
public static class Entropy
{
    /// <param name="logits">z [N, C]</param>
    public static Tensor Of(Tensor logits)
    {
        var log = logits.To(DType.Float32).LogSoftmax(1);
        return -(log.Exp() * log).Sum(1).Mean();
    }
}
