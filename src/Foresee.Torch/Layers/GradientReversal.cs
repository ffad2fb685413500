namespace Foresee.Torch.Layers;

/// <summary>
/// R(x) = x, but dR/dx = -λ: what comes after it learns to tell something apart, and what comes before it learns to prevent that.
/// </summary>
/// <remarks>Ganin et al. 2016 (Domain-adversarial training of neural networks), equations 16 and 17.</remarks>
public static class GradientReversal
{
    /// <param name="lambda">λ; 0 stops the gradient.</param>
    public static Tensor Apply(Tensor x, double lambda) => new Reversal(lambda).Apply(x)[0];

    private sealed class Reversal(double lambda) : CustomFunction
    {
        protected override Tensor[] Forward(Tensor[] inputs) => [inputs[0].Clone()];

        protected override Tensor?[] Backward(Tensor?[] gradients) => [gradients[0] is { } gradient ? gradient * -lambda : null];
    }
}
