using Foresee.Torch;
using Foresee.Torch.Layers;

namespace Foresee.Heads;

/// <summary>
/// Linear layers with batch norm after each and ReLU between: features to the vectors that a loss compares. It is dropped after
/// pretraining.
/// </summary>
/// <remarks>The last norm has no scale and offset where the method asks for it, as SimSiam's code does.</remarks>
public sealed class ProjectionHead : Module
{
    private readonly List<(Linear Linear, BatchNorm1d Norm)> layers = [];

    /// <param name="sizes">Of the input, of each hidden layer and of the output.</param>
    /// <param name="lastAffine">Whether the last norm scales and offsets.</param>
    public ProjectionHead(IReadOnlyList<int> sizes, bool lastAffine, Generator generator)
    {
        if (sizes.Count < 2 || sizes.Any(size => size < 1))
            throw new ArgumentException($"A projection head needs two sizes of at least 1 or more, got [{string.Join(", ", sizes)}].");
        for (var i = 0; i + 1 < sizes.Count; i++)
            layers.Add((Child($"linear{i + 1}", new Linear(sizes[i], sizes[i + 1], bias: false, generator)),
                Child($"norm{i + 1}", new BatchNorm1d(sizes[i + 1], affine: lastAffine || i + 2 < sizes.Count))));
    }

    /// <param name="x">[n, features]</param>
    /// <returns>[n, outputs] Float32</returns>
    public override Tensor Forward(Tensor x)
    {
        foreach (var (i, (linear, norm)) in layers.Index())
        {
            x = norm.Forward(linear.Forward(x));
            if (i + 1 < layers.Count) x = x.Relu();
        }
        return x;
    }
}
