using Foresee.Server.Hosting;

namespace Foresee.Server.Classification;

/// <summary>The bytes that uploads hold at one time, over all requests.</summary>
internal sealed class UploadMemory(long most)
{
    private long held;

    public long Held => Volatile.Read(ref held);

    /// <exception cref="Problem">There would be more than allowed.</exception>
    public void Take(long bytes)
    {
        if (Interlocked.Add(ref held, bytes) <= most) return;
        Give(bytes);
        throw new Problem(503, "busy", "Too many uploads are under way; try again.") { RetrySeconds = 2 };
    }

    public void Give(long bytes) => Interlocked.Add(ref held, -bytes);
}
