using Foresee.Torch;
using Foresee.Torch.Layers;

namespace Foresee.Methods;

/// <summary>
/// θ' ← m θ' + (1 - m) θ: a network that slowly follows another (He et al. 2020; Grill et al. 2020). Its running statistics are its own,
/// from its own passes.
/// </summary>
/// <remarks>All of it is state, so it is in the checkpoint; none of it learns.</remarks>
internal sealed class MomentumCopy<T> where T : Module
{
    private readonly (Tensor Copy, Tensor Original)[] pairs;

    /// <param name="copy">Of the original's shape; it takes over its weights and is the caller's to register and dispose.</param>
    public MomentumCopy(T original, T copy)
    {
        Network = copy;
        copy.Load(original.State().ToDictionary(tensor => tensor.Name, tensor => tensor.Value));
        pairs = [.. copy.Parameters().Zip(original.Parameters(), (own, other) => (own.Value, other.Value))];
        copy.Freeze();
    }

    public T Network { get; }

    /// <summary>What it makes of x, without gradient.</summary>
    public Tensor Forward(Tensor x)
    {
        using var noGrad = Autograd.NoGrad();
        return Network.Forward(x);
    }

    /// <param name="momentum">m; 1 leaves it as it is.</param>
    public void Follow(double momentum)
    {
        using var noGrad = Autograd.NoGrad();
        foreach (var (copy, original) in pairs) copy.Lerp_(original, 1 - momentum);
    }
}
