namespace Foresee.Server.Models;

/// <summary>
/// The model in use. Another takes its place between two requests: who has begun with the earlier one ends with it, and it is disposed
/// with its last user.
/// </summary>
internal sealed class ModelSlot(LoadedModel first) : IDisposable
{
    private LoadedModel current = first;

    /// <summary>The model of now, until disposed.</summary>
    public ModelLease Take()
    {
        while (true)
        {
            var model = Volatile.Read(ref current);
            if (model.TryTake()) return new(model);
        }
    }

    public void Exchange(LoadedModel next) => Interlocked.Exchange(ref current, next).Release();

    public void Dispose() => current.Release();
}

/// <summary>Use of a model.</summary>
internal sealed class ModelLease(LoadedModel model) : IDisposable
{
    private int disposed;

    public LoadedModel Model => model;

    public void Dispose()
    {
        if (Interlocked.Exchange(ref disposed, 1) == 0) model.Release();
    }
}
