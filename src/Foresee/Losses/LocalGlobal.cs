using Foresee.Torch;

namespace Foresee.Losses;

/// <summary>
/// L = -mean over images i and cells l of log( exp(s_iil) / ( exp(s_iil) + Σ_{j≠i,m} exp(s_ijm) ) ),  s = c·tanh(f_i·g_jm / (√d c))
/// </summary>
/// <remarks>
/// Bachman, Hjelm and Buchwalter 2019, eq. 3 and section 3.3: i's vector must pick each of its own cells among all cells of other images.
/// ln(1 + (B-1) L) at chance; 0 for a single image.
/// </remarks>
public static class LocalGlobal
{
    /// <param name="f">One vector of each image, [B, d].</param>
    /// <param name="g">Cells of the other view, [B, L, d].</param>
    /// <param name="clip">c, beyond which scores don't grow.</param>
    public static LocalGlobalResult Of(Tensor f, Tensor g, double clip)
    {
        var (images, cells) = (f.Size(0), g.Size(1));
        var raw = f.MatMul(g.Flatten(0, 1).T()).View(images, images, cells) / Math.Sqrt(f.Size(1)); // [B, B, L]
        var scores = (raw / clip).Tanh() * clip;
        var all = Tensor.Arange(images, f.Device);
        var own = all.Unsqueeze(1).Equal(all).Unsqueeze(2);                                 // [B, B, 1]
        var others = Tensor.Invoke("aten::masked_fill", "Scalar", scores, own, double.NegativeInfinity).Flatten(1); // [B, B·L]
        var positive = Tensor.Invoke("aten::diagonal", "", scores, 0, 0, 1).T();            // [B, L]
        var loss = (Tensor.Invoke("aten::logaddexp", "", positive, others.LogSumExp(1, keep: true)) - positive).Mean();
        var correct = positive.Detach().Greater(others.Detach().MaxAlong(1, keep: true)).To(DType.Float32).Mean();
        return new(loss, raw.Square().Mean(), correct);
    }
}

/// <param name="Loss">Scalar, in nats.</param>
/// <param name="MeanSquare">Scalar: of the scores before they are clipped, for a penalty.</param>
/// <param name="Correct">Scalar without gradient: how often the own cell has the highest score; 1 / (1 + (B-1) L) at chance.</param>
public readonly record struct LocalGlobalResult(Tensor Loss, Tensor MeanSquare, Tensor Correct);
