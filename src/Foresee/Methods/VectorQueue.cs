using Foresee.Torch;
using Foresee.Torch.Layers;

namespace Foresee.Methods;

/// <summary>The last K vectors that were put in: first in, first out. All of it is state, so it is in the checkpoint.</summary>
internal sealed class VectorQueue : Module
{
    private readonly Tensor vectors, put;
    private Tensor? held;

    /// <param name="first">[K, d], what stands in it at first.</param>
    public VectorQueue(Tensor first) =>
        (vectors, put) = (Buffer("vectors", first), Buffer("put", Tensor.Zeros([], DType.Int64)));

    /// <summary>[K, d], in no order.</summary>
    public Tensor Vectors => vectors;

    /// <summary>Whether K vectors have been put in, so that none of the first is left.</summary>
    public bool IsFull => put.ToInt64() >= vectors.Size(0);

    /// <summary>Remembers vectors of a loss for <see cref="PutHeld"/>: the queue must not change before the step is done.</summary>
    /// <param name="some">[B, d]</param>
    public void Hold(Tensor some)
    {
        held?.Dispose();
        held = TensorScope.Detach(some.Detach().Clone());
    }

    /// <summary>Puts in what was held, in place of the oldest.</summary>
    public void PutHeld()
    {
        if (held is null) return;
        using (var scope = TensorScope.Begin())
        using (Autograd.NoGrad())
        {
            var (length, count) = (vectors.Size(0), Math.Min(held.Size(0), vectors.Size(0)));
            var from = put.ToInt64() + held.Size(0) - count;                                // of more than K only the last K stay
            var places = Tensor.From([.. Enumerable.Range(0, (int)count).Select(i => (from + i) % length)]).To(vectors.Device);
            vectors.IndexCopy_(0, places, held.Narrow(0, held.Size(0) - count, count));
            put.Fill_(from + count);
        }
        held.Dispose();
        held = null;
    }

    public override Tensor Forward(Tensor x) => throw new NotSupportedException("A queue has no forward pass.");

    protected override void Dispose(bool disposing)
    {
        held?.Dispose();
        base.Dispose(disposing);
    }
}
