using Foresee.Torch;
using Foresee.Torch.Layers;

namespace Foresee.Heads;

/// <summary>Linear layers with ReLU between, with or without batch norm before each ReLU; the last layer is linear.</summary>
public sealed class Mlp : Module
{
    private readonly List<(Linear Linear, BatchNorm1d? Norm)> layers = [];

    /// <param name="sizes">Of the input, of each hidden layer and of the output; two for one linear layer.</param>
    /// <param name="norms">Whether a batch norm follows each hidden layer, which then has no bias.</param>
    public Mlp(IReadOnlyList<int> sizes, bool norms, Generator generator)
    {
        if (sizes.Count < 2 || sizes.Any(size => size < 1))
            throw new ArgumentException($"A head needs two sizes of at least 1 or more, got [{string.Join(", ", sizes)}].");
        for (var i = 1; i < sizes.Count; i++)
        {
            var norm = norms && i + 1 < sizes.Count;
            layers.Add((Child($"linear{i}", new Linear(sizes[i - 1], sizes[i], bias: !norm, generator)),
                norm ? Child($"norm{i}", new BatchNorm1d(sizes[i])) : null));
        }
    }

    /// <param name="x">[n, inputs]</param>
    /// <returns>[n, outputs] Float32</returns>
    public override Tensor Forward(Tensor x)
    {
        foreach (var (i, (linear, norm)) in layers.Index())
        {
            x = linear.Forward(x);
            if (norm is not null) x = norm.Forward(x);
            if (i + 1 < layers.Count) x = x.Relu();
        }
        return x.To(DType.Float32);
    }
}
