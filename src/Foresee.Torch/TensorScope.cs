namespace Foresee.Torch;

/// <summary>
/// Every tensor made on this thread while the scope is open dies with it, except what was kept:
/// <c>using var scope = TensorScope.Begin(); ... return scope.Keep(result);</c>
/// </summary>
public sealed class TensorScope : IDisposable
{
    [ThreadStatic] private static TensorScope? current;
    private readonly TensorScope? outer = current;
    private readonly List<Tensor> tensors = [];
    private bool closed;

    private TensorScope() => current = this;

    public static TensorScope Begin() => new();

    /// <summary>Hands a tensor to the scope around this one (or to the caller when there is none).</summary>
    public Tensor Keep(Tensor tensor)
    {
        tensor.Leave();
        outer?.Add(tensor);
        return tensor;
    }

    /// <summary>Takes a tensor out of all scopes: only its owner disposes it.</summary>
    public static Tensor Detach(Tensor tensor)
    {
        tensor.Leave();
        return tensor;
    }

    internal static void Register(Tensor tensor) => current?.Add(tensor);

    private void Add(Tensor tensor)
    {
        tensor.Enter(this, tensors.Count);
        tensors.Add(tensor);
    }

    internal void Remove(int place) => tensors[place] = null!; // the slot stays, so that places keep their meaning

    public void Dispose()
    {
        if (closed) return;
        closed = true;
        if (current == this) current = outer;
        for (var i = 0; i < tensors.Count; i++) tensors[i]?.Dispose(); // each takes itself out
    }
}
