using Foresee.Torch;

namespace Foresee.Losses;

/// <summary>
/// L = -1/B · Σ_i log( exp(q_i·k_i/τ) / ( exp(q_i·k_i/τ) + Σ_j exp(q_i·m_j/τ) ) ),  i = 1..B, j = 1..K
/// </summary>
/// <remarks>He, Fan, Wu, Xie and Girshick 2020, eq. 1, with vectors of length 1. ln(K + 1) at chance; 0 without a queue.</remarks>
public static class QueueContrast
{
    /// <param name="q">Queries, [B, d], rows of length 1.</param>
    /// <param name="k">The key of each, [B, d], likewise; no gradient goes into it where it is detached.</param>
    /// <param name="queue">m, keys of other images, [K, d].</param>
    /// <param name="temperature">τ</param>
    public static InfoNceResult Of(Tensor q, Tensor k, Tensor queue, double temperature)
    {
        var scores = Tensor.Cat([(q * k).Sum(1, keep: true), q.MatMul(queue.T())], dimension: 1); // [B, 1 + K]
        return Choice.Of(scores / temperature, Tensor.Zeros([q.Size(0)], DType.Int64, q.Device));
    }
}
