using Foresee.Torch;
using Foresee.Torch.Layers;

namespace Foresee.Heads;

/// <summary>K directions of length 1 that learn; scores are the cosines with them (Caron et al. 2020).</summary>
public sealed class Prototypes : Module
{
    private const double Least = 1e-12; // of a length
    private readonly Tensor weight, steps;

    public Prototypes(int count, int size, Generator generator)
    {
        weight = Parameter("weight", Initialise.Default([count, size], generator));
        steps = Buffer("steps", Tensor.Zeros([], DType.Int64));
        Normalise();
    }

    /// <summary>[K, d]</summary>
    public Tensor Weight => weight;

    /// <summary>How often <see cref="AfterStep"/> was called.</summary>
    public long Steps => steps.ToInt64();

    /// <param name="x">[n, d], rows of length 1</param>
    /// <returns>[n, K]</returns>
    public override Tensor Forward(Tensor x) => x.MatMul(weight.T());

    /// <summary>Brings the directions back to length 1.</summary>
    public void AfterStep()
    {
        Normalise();
        using var noGrad = Autograd.NoGrad();
        steps.Copy_(steps + 1L);
    }

    private void Normalise()
    {
        using var scope = TensorScope.Begin();
        using var noGrad = Autograd.NoGrad();
        weight.Div_(weight.Square().Sum(1, keep: true).Sqrt().Clamp(low: Least));
    }
}
