using Foresee.Torch;
using Foresee.Torch.Losses;

namespace Foresee.Losses;

/// <summary>
/// What a network says of one view of an image is asked of it for another view. z̄ are logits of the view that is believed, z of the one
/// that learns; no gradient goes into z̄. Means are over all N images, those left out counting 0.
/// </summary>
public static class Consistency
{
    /// <summary>
    /// 1/N Σ_n [max_c softmax(z̄_n)_c ≥ τ] · -log softmax(z_n)_ĉ, ĉ = argmax_c z̄_nc
    /// </summary>
    /// <param name="believed">z̄ [N, C]</param>
    /// <param name="logits">z [N, C]</param>
    /// <param name="threshold">τ; 0 asks every image, above 1 none.</param>
    /// <remarks>
    /// Lee (ICML workshop 2013) with one view and τ = 0; FixMatch (Sohn et al., NeurIPS 2020, eq. 4) with a weak and a strong one: divided
    /// by all images, not by those that pass.
    /// </remarks>
    public static Tensor HardLabels(Tensor believed, Tensor logits, double threshold = 0)
    {
        var (labels, passes) = Believe(believed, threshold);
        var surprise = -logits.To(DType.Float32).LogSoftmax(1).Gather(1, labels.Unsqueeze(1));     // [N, 1]
        return (surprise * passes).Mean();
    }

    /// <summary>
    /// 1/N Σ_n [max_c softmax(z̄_n)_c ≥ τ] · KL[ q_n ‖ softmax(z_n) ], q = softmax(z̄ / T)
    /// </summary>
    /// <param name="believed">z̄ [N, C]</param>
    /// <param name="logits">z [N, C]</param>
    /// <param name="temperature">T; below 1 sharpens.</param>
    /// <param name="threshold">τ</param>
    /// <remarks>UDA (Xie et al., NeurIPS 2020, section 3) with T and τ; VAT's LDS (Miyato et al. 2018, eq. 8) without.</remarks>
    public static Tensor Divergence(Tensor believed, Tensor logits, double temperature = 1, double threshold = 0)
    {
        var passes = Believe(believed, threshold).Passes;
        var target = (believed.Detach().To(DType.Float32) / temperature).LogSoftmax(1);             // [N, C]
        var gap = target - logits.To(DType.Float32).LogSoftmax(1);
        return ((target.Exp() * gap).Sum(1, keep: true) * passes).Mean();
    }

    /// <summary>1/(N C) Σ_n Σ_c (softmax(z̄_n)_c - softmax(z_n)_c)²</summary>
    /// <param name="believed">z̄ [N, C]</param>
    /// <param name="logits">z [N, C]</param>
    /// <remarks>Mean teacher (Tarvainen and Valpola, NIPS 2017, eq. 1), z̄ of the teacher.</remarks>
    public static Tensor SquaredDifference(Tensor believed, Tensor logits) =>
        Loss.MeanSquaredError(logits.To(DType.Float32).Softmax(1), believed.Detach().To(DType.Float32).Softmax(1));

    /// <returns>Int64 [N], and [N, 1] of 1 where the most probable class reaches the threshold.</returns>
    private static (Tensor Labels, Tensor Passes) Believe(Tensor believed, double threshold)
    {
        using var noGrad = Autograd.NoGrad();
        var p = believed.Detach().To(DType.Float32).Softmax(1);
        var reached = Tensor.Invoke("aten::ge", "Scalar", p.MaxAlong(1, keep: true), threshold);
        return (p.ArgMax(1), reached.To(DType.Float32));
    }
}
