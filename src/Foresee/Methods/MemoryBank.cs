using Foresee.Torch;
using Foresee.Torch.Layers;

namespace Foresee.Methods;

/// <summary>One vector of each image, from when it was last seen (Wu et al. 2018). It is state, so it is in the checkpoint.</summary>
internal sealed class MemoryBank : Module
{
    private readonly Tensor vectors;
    private (Tensor Indices, Tensor Vectors)? held;

    /// <param name="first">[n, d]</param>
    public MemoryBank(Tensor first) => vectors = Buffer("vectors", first);

    /// <summary>[n, d], in the images' order.</summary>
    public Tensor Vectors => vectors;

    /// <summary>Remembers vectors of a loss for <see cref="PutHeld"/>: the bank must not change before the step is done.</summary>
    /// <param name="indices">Of the images, Int64 [B].</param>
    /// <param name="some">[B, d]</param>
    public void Hold(Tensor indices, Tensor some)
    {
        Drop();
        held = (TensorScope.Detach(indices.Clone()), TensorScope.Detach(some.Detach().Clone()));
    }

    /// <summary>v_i ← (keep v_i + (1 - keep) v) / ‖·‖</summary>
    public void PutHeld(double keep)
    {
        if (held is not var (indices, some)) return;
        using (var scope = TensorScope.Begin())
        using (Autograd.NoGrad())
        {
            var mixed = vectors.IndexSelect(0, indices) * keep + some * (1 - keep);
            vectors.IndexCopy_(0, indices, Losses.NegativeCosine.Unit(mixed));
        }
        Drop();
    }

    private void Drop()
    {
        held?.Indices.Dispose();
        held?.Vectors.Dispose();
        held = null;
    }

    public override Tensor Forward(Tensor x) => throw new NotSupportedException("A memory bank has no forward pass.");

    protected override void Dispose(bool disposing)
    {
        Drop();
        base.Dispose(disposing);
    }
}
