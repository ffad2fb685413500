using Foresee.Torch;
using Foresee.Torch.Losses;

namespace Foresee.Losses;

/// <summary>L = -1/n · Σ_i log( exp(s_{i,y_i}) / Σ_j exp(s_ij) ): the true one of m candidates, by their scores.</summary>
public static class Choice
{
    /// <param name="scores">s: [n, m]; -∞ leaves a candidate out.</param>
    /// <param name="labels">y: [n] Int64</param>
    /// <returns>With the share of rows whose true candidate has the highest score; a tie of k counts 1/k.</returns>
    public static InfoNceResult Of(Tensor scores, Tensor labels)
    {
        var loss = Loss.CrossEntropy(scores, labels);
        using var noGrad = Autograd.NoGrad();
        var highest = scores.MaxAlong(1, keep: true);                                       // [n, 1]
        var hits = scores.Gather(1, labels.Unsqueeze(1)).Equal(highest).To(DType.Float32);
        return new(loss, (hits / scores.Equal(highest).Sum(1, keep: true)).Mean());
    }
}
