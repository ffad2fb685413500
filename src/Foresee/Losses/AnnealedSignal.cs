using Foresee.Torch;

namespace Foresee.Losses;

/// <summary>How fast <see cref="AnnealedSignal"/>'s bound rises.</summary>
public enum AnnealedRise
{
    /// <summary>a = t</summary>
    Linear,

    /// <summary>a = 1 - e^(-5t): for many labels.</summary>
    Logarithmic,

    /// <summary>a = e^(5(t-1)): for few labels, which are soon known by heart.</summary>
    Exponential,
}

/// <summary>
/// Cross-entropy of those labelled images only that the network is not sure of yet (training signal annealing, Xie et al., UDA, NeurIPS
/// 2020, section 3.3),
/// <code>L = Σ_n m_n · -log p_n / max(1, Σ_n m_n),   m_n = [p_n &lt; η(t)],   η = a (1 - 1/C) + 1/C,   p_n = softmax(z_n)_{y_n}</code>
/// </summary>
public static class AnnealedSignal
{
    /// <param name="time">t: 0 at the training's start, 1 at its end.</param>
    /// <returns>η</returns>
    public static double Bound(double time, int classes, AnnealedRise rise)
    {
        var a = rise switch
        {
            AnnealedRise.Linear => time,
            AnnealedRise.Logarithmic => 1 - Math.Exp(-5 * time),
            _ => Math.Exp(5 * (time - 1)),
        };
        return a * (1 - 1.0 / classes) + 1.0 / classes;
    }

    /// <param name="logits">z [N, C]</param>
    /// <param name="labels">y: Int64 [N]</param>
    /// <param name="bound">η</param>
    public static Tensor CrossEntropy(Tensor logits, Tensor labels, double bound)
    {
        var log = logits.To(DType.Float32).LogSoftmax(1).Gather(1, labels.Unsqueeze(1));            // [N, 1]
        var unsure = log.Detach().Exp().Less(bound).To(DType.Float32);
        return -(log * unsure).Sum() / unsure.Sum().Clamp(low: 1);
    }
}
