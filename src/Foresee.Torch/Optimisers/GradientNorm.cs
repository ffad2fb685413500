using Foresee.Torch.Layers;

namespace Foresee.Torch.Optimisers;

/// <summary>The length of all gradients as one vector.</summary>
public static class GradientNorm
{
    /// <summary>Scales the gradients so that their length is at most the maximum; gives the length before (0 without gradients).</summary>
    /// <remarks>As torch.nn.utils.clip_grad_norm_. A length that is not finite leaves the gradients as they are.</remarks>
    public static double Clip(IEnumerable<NamedTensor> parameters, double maximum)
    {
        using var scope = TensorScope.Begin();
        using var noGrad = Autograd.NoGrad();
        var gradients = parameters.Select(p => p.Value.Grad).OfType<Tensor>().ToArray();
        if (gradients.Length == 0) return 0;
        var norm = Tensor.Stack(Each.Norm(gradients)).Norm().ToDouble();
        var factor = maximum / (norm + 1e-6);
        if (factor < 1) Each.Mul_(gradients, factor);
        return norm;
    }
}
