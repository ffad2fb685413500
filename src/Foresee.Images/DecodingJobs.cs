using System.Runtime.ExceptionServices;

namespace Foresee.Images;

/// <summary>Work on many images that needs nothing but the processor, on threads of its own.</summary>
internal static class DecodingJobs
{
    /// <summary>Runs job(0) to job(jobs - 1) in any order; the first error is thrown as it is.</summary>
    /// <exception cref="OperationCanceledException">It was stopped before the last job began.</exception>
    /// <param name="threads">Null: as many as there are cores.</param>
    public static void Run(int jobs, Action<int> job, int? threads, CancellationToken cancel)
    {
        try
        {
            var workers = threads ?? Environment.ProcessorCount;
            Parallel.For(0, jobs, new() { MaxDegreeOfParallelism = workers, CancellationToken = cancel }, job);
        }
        catch (AggregateException errors)
        {
            ExceptionDispatchInfo.Throw(errors.InnerExceptions[0]);
        }
    }
}
