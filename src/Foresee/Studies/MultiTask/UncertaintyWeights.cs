using Foresee.Torch;
using Foresee.Torch.Layers;

namespace Foresee.Studies.MultiTask;

/// <summary>Σ_i e^{-s_i} L_i + s_i/2, s_i = ln σ_i² learnt: a task whose loss stays large counts less.</summary>
/// <remarks>
/// Kendall, Gal and Cipolla 2018, equation 10 for classification (L/σ² + ln σ). s begins at -0.5 and is held in [-10, 5], since a loss
/// near 0 would drive its weight beyond all bounds. Where L_i stays as it is, e^{s_i} goes to 2 L_i.
/// </remarks>
public sealed class UncertaintyWeights : Module
{
    private const double Start = -0.5, Low = -10, High = 5;
    private readonly Tensor s; // [tasks]

    public UncertaintyWeights(int tasks) => s = Parameter("s", Tensor.Full([tasks], Start));

    /// <summary>e^{-s_i} of each task.</summary>
    public double[] Weights()
    {
        using var scope = TensorScope.Begin();
        using var noGrad = Autograd.NoGrad();
        return (-s.Clamp(Low, High)).Exp().ToArray<double>();
    }

    /// <param name="x">[tasks], the losses.</param>
    /// <returns>A scalar.</returns>
    public override Tensor Forward(Tensor x)
    {
        var bounded = s.Clamp(Low, High);
        return ((-bounded).Exp() * x + bounded / 2.0).Sum();
    }
}
