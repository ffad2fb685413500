using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using Foresee.Torch.Interop;

namespace Foresee.Torch;

/// <summary>The libtorch underneath: what it is, and its settings for the whole process.</summary>
public static class Engine
{
    /// <summary>For instance "1.13.1".</summary>
    public static string Version => Marshal.PtrToStringUTF8(Native.foresee_torch_version())!;

    /// <summary>How libtorch was built and how it runs in parallel, in its own words.</summary>
    public static string Configuration
    {
        get
        {
            Native.Check(Native.foresee_torch_config(out var text));
            return Native.TakeString(text);
        }
    }

    /// <summary>The kind of processor that OpenBLAS computes for; null where libtorch uses another BLAS.</summary>
    public static BlasCore? BlasCore
    {
        get
        {
            _ = Version; // loads libtorch
            return File.Exists("/proc/self/maps") && OpenBlas.CoreInUse(File.ReadLines("/proc/self/maps")) is { } core
                ? new(core, OpenBlas.Replaced, OpenBlas.Better(core, Processor.This)) : null;
        }
    }

    /// <summary>Threads inside one operator, of operators that this thread calls; 1 or more.</summary>
    public static int Threads
    {
        get => Native.foresee_threads();
        set => Native.foresee_set_threads(value >= 1
            ? value
            : throw new ArgumentOutOfRangeException(nameof(value), value, "Threads must be 1 or more."));
    }

    /// <summary>So many threads inside one operator until the result is disposed.</summary>
    public static IDisposable UseOperatorThreads(int threads) => new OperatorThreads(threads);

    private sealed class OperatorThreads : IDisposable
    {
        private readonly int before = Threads;
        public OperatorThreads(int threads) => Threads = threads;
        public void Dispose() => Threads = before;
    }

    /// <summary>
    /// Independent jobs on as many threads as <see cref="Threads"/> says, which are then taken from inside the operators: small
    /// operators gain little from threads of their own and lose much to waiting for each other. Each job needs its own TensorScope.
    /// </summary>
    /// <param name="threads">To share out, instead of <see cref="Threads"/>.</param>
    public static void ParallelJobs(int jobs, Action<int> job, CancellationToken cancel = default, int? threads = null)
    {
        var before = Threads;
        var all = threads ?? before;
        var workers = Math.Min(jobs, all);
        var next = -1;
        void Work()
        {
            Threads = Math.Max(1, all / Math.Max(1, workers)); // OpenMP's setting belongs to the thread
            for (int i; (i = Interlocked.Increment(ref next)) < jobs;)
            {
                cancel.ThrowIfCancellationRequested();
                job(i);
            }
        }
        try
        {
            if (workers <= 1) Work();
            else Parallel.For(0, workers, _ => Work());
        }
        catch (AggregateException errors)
        {
            ExceptionDispatchInfo.Throw(errors.InnerExceptions[0]);
        }
        finally
        {
            Threads = before;
        }
    }

    /// <summary>Seeds the default generators of all devices.</summary>
    public static void Seed(ulong seed) => Native.Check(Native.foresee_manual_seed(seed));

    /// <summary>
    /// Makes the C library keep large blocks instead of mapping and faulting them anew for every tensor: element-wise work is
    /// 2 to 7 times as fast. The process gives memory back only at its end, so programs call this, libraries don't.
    /// </summary>
    public static void KeepMallocMemory() => Native.Check(Native.foresee_malloc_keep());
}

/// <param name="Name">In OpenBLAS' words, for instance "SkylakeX".</param>
/// <param name="InsteadOf">The slow one that OpenBLAS would have taken by itself; null where Foresee set nothing.</param>
/// <param name="Better">What to set OPENBLAS_CORETYPE to, where the core is slow for this processor; else null.</param>
public sealed record BlasCore(string Name, string? InsteadOf, string? Better);
