using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;

namespace Foresee.Torch.Distributed;

/// <summary>
/// Independent jobs of several processes: whoever has nothing to do takes the next. The ranks meet in rounds, to tell what is done and to
/// give out what comes next. So a job may take as long as it likes, and a rank that ends, stands still or fails is noticed meanwhile.
/// </summary>
/// <remarks>A round in which nobody has anything to tell costs one exchange of 8 bytes a rank, 10 to 200 times a second.</remarks>
public sealed class SharedJobs
{
    private static readonly TimeSpan shortest = TimeSpan.FromMilliseconds(5), longest = TimeSpan.FromMilliseconds(100);

    private readonly ProcessGroup group;
    private readonly int jobs, slots;
    private readonly Func<int, CancellationToken, byte[]> job;
    private readonly Action<int, byte[]> told;
    private readonly int[] idle;                               // slots of each rank, as all ranks know them
    private readonly BlockingCollection<int> given = [];       // to this rank
    private readonly ConcurrentQueue<(int Job, byte[] Result)> done = [];
    private readonly AutoResetEvent something = new(false);
    private readonly CancellationTokenSource stop;
    private Exception? fault;                                  // the first of this rank
    private int next, left;

    private SharedJobs(ProcessGroup group, int jobs, int slots, Func<int, CancellationToken, byte[]> job, Action<int, byte[]> told,
        CancellationToken cancel)
    {
        (this.group, this.jobs, this.slots, this.job, this.told, left) = (group, jobs, slots, job, told, jobs);
        idle = new int[group.Ranks];
        stop = CancellationTokenSource.CreateLinkedTokenSource(cancel);
    }

    /// <summary>Until all jobs are done. Every rank makes the same call.</summary>
    /// <param name="group">Null for one process, which does all.</param>
    /// <param name="jobs">Given out in this order; as many on all ranks.</param>
    /// <param name="job">Does one, on a thread of its own; what it returns is told to all ranks. It needs its own TensorScope.</param>
    /// <param name="told">Each job once, on every rank, one at a time; the order is left to chance.</param>
    /// <param name="threads">Of this rank, to share out over its jobs; null: as many as <see cref="Engine.Threads"/> says.</param>
    /// <exception cref="OperationCanceledException">A rank was asked to stop; all do.</exception>
    /// <exception cref="GroupException">A job failed on another rank, or that rank is gone or late.</exception>
    public static void Run(ProcessGroup? group, int jobs, Func<int, CancellationToken, byte[]> job, Action<int, byte[]> told,
        int? threads = null, CancellationToken cancel = default)
    {
        if (group is null)
        {
            var gate = new Lock();
            Engine.ParallelJobs(jobs, i =>
            {
                var result = job(i, cancel);
                lock (gate) told(i, result);
            }, cancel, threads);
            return;
        }
        var all = threads ?? Engine.Threads;
        var slots = Math.Clamp((jobs + group.Ranks - 1) / group.Ranks, 1, all);
        new SharedJobs(group, jobs, slots, job, told, cancel).Run(Math.Max(1, all / slots), cancel);
    }

    /// <summary>The same, one job at a time on each rank: for jobs that use all threads themselves, or much memory.</summary>
    public static void RunOneByOne(ProcessGroup? group, int jobs, Func<int, CancellationToken, byte[]> job, Action<int, byte[]> told,
        CancellationToken cancel = default)
    {
        if (group is not null)
        {
            new SharedJobs(group, jobs, slots: 1, job, told, cancel).Run(Engine.Threads, cancel);
            return;
        }
        for (var i = 0; i < jobs; i++)
        {
            cancel.ThrowIfCancellationRequested();
            told(i, job(i, cancel));
        }
    }

    private void Run(int operatorThreads, CancellationToken cancel)
    {
        var workers = Enumerable.Range(0, slots).Select(_ => new Thread(() => Work(operatorThreads)) { IsBackground = true }).ToArray();
        foreach (var worker in workers) worker.Start();
        try
        {
            Rounds(cancel);
        }
        finally
        {
            stop.Cancel();
            given.CompleteAdding();
            foreach (var worker in workers) worker.Join(); // what they compute with is their caller's
            stop.Dispose();
            given.Dispose();
            something.Dispose();
        }
    }

    private void Work(int operatorThreads)
    {
        Engine.Threads = operatorThreads; // OpenMP's setting belongs to the thread
        foreach (var i in given.GetConsumingEnumerable())
        {
            if (stop.IsCancellationRequested) return;
            try
            {
                done.Enqueue((i, job(i, stop.Token)));
            }
            catch (Exception error) when (error is not OperationCanceledException || !stop.IsCancellationRequested)
            {
                Interlocked.CompareExchange(ref fault, error, null);
            }
            catch (OperationCanceledException)
            {
                return;
            }
            something.Set();
        }
    }

    private void Rounds(CancellationToken cancel)
    {
        var (pause, first, last) = (shortest, true, false);
        while (!last)
        {
            last = left == 0; // one more, in which a rank may tell that it could not keep the last result
            var (free, stops) = (first ? slots : 0, cancel.IsCancellationRequested);
            var round = new Round { Idle = free, Stops = stops, Fault = Volatile.Read(ref fault)?.Message };
            while (done.TryDequeue(out var result)) round.Done.Add(result);
            var heard = Array.ConvertAll(group.GatherBytes(round.ToBytes()), Round.Read);
            End(heard, cancel);
            foreach (var (rank, other) in heard.Index())
            {
                idle[rank] += other.Idle + other.Done.Count;
                foreach (var (i, result) in other.Done) Tell(i, result);
                left -= other.Done.Count;
            }
            GiveOut();
            first = false;
            pause = heard.All(other => other.IsEmpty) ? pause < longest ? 2 * pause : longest : shortest;
            if (left > 0) something.WaitOne(pause);
        }
    }

    private void Tell(int i, byte[] result)
    {
        try
        {
            told(i, result);
        }
        catch (Exception error)
        {
            Interlocked.CompareExchange(ref fault, error, null); // the others hear of it in the next round
        }
    }

    /// <summary>All ranks have heard the same, and end in the same round.</summary>
    private void End(Round[] heard, CancellationToken cancel)
    {
        if (fault is { } own && heard[group.Rank].Fault is not null) ExceptionDispatchInfo.Throw(own);
        foreach (var (rank, other) in heard.Index())
            if (other.Fault is { } words)
                throw new GroupException($"{group.Name} stops, for rank {rank} of {group.Ranks} failed: {words}");
        if (heard.Any(other => other.Stops)) throw new OperationCanceledException(cancel);
    }

    /// <summary>By the same rule on all ranks: one after the other to each that has nothing to do.</summary>
    private void GiveOut()
    {
        while (next < jobs && idle.Any(count => count > 0))
            for (var rank = 0; rank < idle.Length && next < jobs; rank++)
            {
                if (idle[rank] == 0) continue;
                idle[rank]--;
                if (rank == group.Rank) given.Add(next);
                next++;
            }
    }

    /// <summary>What a rank tells.</summary>
    private sealed record Round
    {
        /// <summary>Slots that the others have not heard of.</summary>
        public int Idle { get; init; }

        public bool Stops { get; init; }

        public string? Fault { get; init; }

        public List<(int Job, byte[] Result)> Done { get; } = [];

        public bool IsEmpty => Idle == 0 && !Stops && Fault is null && Done.Count == 0;

        public byte[] ToBytes()
        {
            if (IsEmpty) return [];
            using var bytes = new MemoryStream();
            using var writer = new BinaryWriter(bytes);
            writer.Write(Idle);
            writer.Write(Stops);
            writer.Write(Fault is not null);
            writer.Write(Fault ?? "");
            foreach (var (job, result) in Done)
            {
                writer.Write(job);
                writer.Write(result.Length);
                writer.Write(result);
            }
            writer.Flush();
            return bytes.ToArray();
        }

        public static Round Read(byte[] bytes)
        {
            if (bytes.Length == 0) return new();
            using var reader = new BinaryReader(new MemoryStream(bytes));
            var (idle, stops, failed, words) = (reader.ReadInt32(), reader.ReadBoolean(), reader.ReadBoolean(), reader.ReadString());
            var round = new Round { Idle = idle, Stops = stops, Fault = failed ? words : null };
            while (reader.BaseStream.Position < reader.BaseStream.Length)
                round.Done.Add((reader.ReadInt32(), reader.ReadBytes(reader.ReadInt32())));
            return round;
        }
    }
}
