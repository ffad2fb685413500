using Foresee.Torch;
using Foresee.Torch.Distributed;

namespace Foresee.Encoders;

/// <summary>How an encoder that measures images tells of it, is stopped, and shares the work.</summary>
public sealed record Calibration
{
    /// <summary>Told what is being done, where it takes long.</summary>
    public Action<string>? Doing { get; init; }

    public CancellationToken Cancel { get; init; }

    /// <summary>The processes that measure together and keep the same numbers; null for one.</summary>
    public ProcessGroup? Group { get; init; }

    /// <summary>On all ranks at once, where one was asked to stop.</summary>
    /// <exception cref="OperationCanceledException"/>
    public void ThrowIfStopped()
    {
        if (Group is null)
        {
            Cancel.ThrowIfCancellationRequested();
            return;
        }
        using var scope = TensorScope.Begin();
        var asked = Tensor.From<long>([Cancel.IsCancellationRequested ? 1 : 0]);
        Group.Greatest(asked);
        if (asked.ToInt64() > 0) throw new OperationCanceledException(Cancel);
    }
}
