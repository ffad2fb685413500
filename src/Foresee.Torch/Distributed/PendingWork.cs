using Foresee.Torch.Interop;

namespace Foresee.Torch.Distributed;

/// <summary>What the ranks have begun to do together; its tensors must be left alone until <see cref="Wait"/>.</summary>
public sealed class PendingWork
{
    private readonly ProcessGroup group;
    private readonly string what;
    private nint work;

    internal PendingWork(ProcessGroup group, nint work, string what) => (this.group, this.work, this.what) = (group, work, what);

    /// <summary>Until it is done.</summary>
    /// <exception cref="GroupException">Another rank is gone, or did not do its part in time.</exception>
    public void Wait()
    {
        var (own, status) = (work, 0);
        work = 0;
        if (own == 0) throw new InvalidOperationException($"Nobody waits twice for {what}.");
        status = Native.foresee_work_wait(own);
        if (status != 0) throw group.Lost(what); // what is left of it must not wait once more
        Native.foresee_work_release(own);
    }
}
