using Foresee.Torch;
using Foresee.Torch.Layers;

namespace Foresee.Heads;

/// <summary>
/// W / σ(W): a layer's weight as a matrix [outputs, rest], divided by its largest singular value, which one step of power iteration
/// follows at each use in learning (Miyato, Kataoka, Koyama and Yoshida 2018, algorithm 1).
/// <code>
/// v := Wᵀu / ‖·‖, u := W v / ‖·‖                                      without gradient
/// σ = uᵀ W v
/// </code>
/// </summary>
public sealed class SpectralNorm : Module
{
    private const double Least = 1e-12; // of a length
    private readonly Tensor left, right;

    /// <param name="outputs">Rows of the matrix.</param>
    /// <param name="inputs">Its columns.</param>
    public SpectralNorm(int outputs, int inputs, Generator generator)
    {
        left = Buffer("u", Unit(Tensor.RandN([outputs], generator)));
        right = Buffer("v", Unit(Tensor.RandN([inputs], generator)));
    }

    /// <param name="x">A weight, [outputs, ..]</param>
    public override Tensor Forward(Tensor x)
    {
        var matrix = x.Flatten(1);                                                           // [outputs, inputs]
        if (Training)
        {
            using var noGrad = Autograd.NoGrad();
            right.Copy_(Unit(matrix.T().MatMul(left)));
            left.Copy_(Unit(matrix.MatMul(right)));
        }
        return x / (left.Clone() * matrix.MatMul(right.Clone())).Sum();                      // copies: the next use moves both
    }

    private static Tensor Unit(Tensor x) => x / x.Norm().Clamp(low: Least);
}
