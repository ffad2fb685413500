using Foresee.Torch.Interop;

namespace Foresee.Torch.Losses;

/// <summary>Losses as means over the batch, computed in Float32.</summary>
public static class Loss
{
    private const int Mean = 1; // at::Reduction

    /// <summary>-1/N Σ_n Σ_c q_nc log softmax(z_n)_c with q the label's one-hot, smoothed by ε: q = (1-ε) · one-hot + ε/C.</summary>
    /// <param name="logits">z [N, C]</param>
    /// <param name="labels">[N] Int64, 0 .. C-1</param>
    /// <remarks>A network that knows nothing starts at ln C.</remarks>
    public static Tensor CrossEntropy(Tensor logits, Tensor labels, double labelSmoothing = 0) =>
        Tensor.Invoke("aten::cross_entropy_loss", "", logits.To(DType.Float32), labels, Argument.None, Mean, -100, labelSmoothing);

    /// <summary>-1/N Σ_n Σ_c q_nc log softmax(z_n)_c</summary>
    /// <param name="logits">z [N, C]</param>
    /// <param name="probabilities">q [N, C], rows that sum to 1</param>
    public static Tensor SoftCrossEntropy(Tensor logits, Tensor probabilities) =>
        Tensor.Invoke("aten::cross_entropy_loss", "", logits.To(DType.Float32), probabilities.To(DType.Float32));

    /// <summary>-1/N Σ_n (y_n log σ(z_n) + (1-y_n) log(1-σ(z_n))), over all elements; y of 0 .. 1.</summary>
    public static Tensor BinaryCrossEntropy(Tensor logits, Tensor targets) =>
        Tensor.Invoke("aten::binary_cross_entropy_with_logits", "", logits.To(DType.Float32), targets.To(DType.Float32));

    /// <summary>1/N Σ (x - y)², over all elements</summary>
    public static Tensor MeanSquaredError(Tensor x, Tensor y) =>
        Tensor.Invoke("aten::mse_loss", "", x.To(DType.Float32), y.To(DType.Float32));

    /// <summary>Mean of d²/2β where d = |x - y| is below β, of d - β/2 elsewhere.</summary>
    public static Tensor SmoothL1(Tensor x, Tensor y, double beta = 1) =>
        Tensor.Invoke("aten::smooth_l1_loss", "", x.To(DType.Float32), y.To(DType.Float32), Mean, beta);
}
