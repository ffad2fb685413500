using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using Foresee.Torch.Interop;

namespace Foresee.Torch.Distributed;

/// <summary>
/// Processes that compute together, by libtorch's own process groups (c10d): Gloo on processors, NCCL on GPUs. Every rank must make the
/// same calls in the same order.
/// </summary>
/// <remarks>A call that fails ends the group for good: the ranks no longer agree on what comes next.</remarks>
public sealed unsafe class ProcessGroup : IDisposable
{
    /// <summary>How long ranks wait for each other in a call; also for one that alone writes files or looks at the encoder.</summary>
    public static readonly TimeSpan DefaultTimeout = TimeSpan.FromMinutes(10);

    /// <summary>How long ranks wait for the others to be started.</summary>
    public static readonly TimeSpan DefaultJoinTimeout = TimeSpan.FromMinutes(10);

    private readonly TimeSpan timeout;
    private readonly RankPlace place;
    private nint handle;

    private ProcessGroup(RankPlace place, TimeSpan timeout, nint handle) =>
        (this.place, this.timeout, this.handle) = (place, timeout, handle);

    /// <summary>What this bridge was built with, "gloo" and "nccl" at most; empty where process groups are missing.</summary>
    public static IReadOnlyList<string> Backends =>
        Marshal.PtrToStringUTF8(Native.foresee_group_backends())!.Split(' ', StringSplitOptions.RemoveEmptyEntries);

    public int Rank => place.Rank;

    public int Ranks => place.Ranks;

    /// <summary>"rank 1 of 4 on node7".</summary>
    public string Name => $"rank {Rank} of {Ranks} on {Environment.MachineName}";

    /// <summary>Why the group has ended before its time; null while it has not.</summary>
    public GroupException? Failure { get; private set; }

    /// <summary>Meets the other ranks; returns when all are there.</summary>
    /// <param name="timeout">Of every call; null for <see cref="DefaultTimeout"/>.</param>
    /// <param name="joining">Until all are there; null for <see cref="DefaultJoinTimeout"/>.</param>
    /// <exception cref="GroupException">They can't meet.</exception>
    public static ProcessGroup Join(RankPlace place, TimeSpan? timeout = null, TimeSpan? joining = null, string backend = "gloo")
    {
        var (wait, join) = (timeout ?? DefaultTimeout, joining ?? DefaultJoinTimeout);
        var texts = new[] { backend, place.Host, place.Prefix, OwnAddress.Of(place) }.Select(Utf8).ToArray();
        fixed (byte* name = texts[0], host = texts[1], prefix = texts[2], address = texts[3])
        {
            var meeting = new NativeMeeting
            {
                Backend = name,
                Host = host,
                Prefix = prefix,
                Address = address,
                JoinMilliseconds = (long)join.TotalMilliseconds,
                TimeoutMilliseconds = (long)wait.TotalMilliseconds,
                Port = place.Port,
                Serves = place.Serves ? 1 : 0,
                Rank = place.Rank,
                Ranks = place.Ranks,
            };
            if (Native.foresee_group_new(&meeting, out var handle) != 0)
                throw new GroupException($"Rank {place.Rank} of {place.Ranks} on {Environment.MachineName} could not meet the others at "
                    + $"{place.Host}:{place.Port}: {Reason()}. All ranks must be started within {join.TotalSeconds:0} s of each other, reach that "
                    + "address, and no other program may use the port (MASTER_ADDR, MASTER_PORT; GLOO_SOCKET_IFNAME names the network "
                    + "interface).");
            return new(place, wait, handle);
        }
    }

    /// <summary>Replaces the tensor by the sum of all ranks' tensors.</summary>
    public void Sum(Tensor tensor) => BeginSum(tensor).Wait();

    /// <inheritdoc cref="Sum"/>
    /// <param name="tensor">Contiguous; f32, f64 or integers. The same shape on all ranks.</param>
    public PendingWork BeginSum(Tensor tensor) => Reduce(tensor, greatest: false);

    /// <summary>Replaces each element by the greatest of all ranks'.</summary>
    public void Greatest(Tensor tensor) => Reduce(tensor, greatest: true).Wait();

    private PendingWork Reduce(Tensor tensor, bool greatest)
    {
        const string what = "adding up numbers";
        return Begin(what, Native.foresee_group_all_reduce(Handle, Whole(tensor), greatest ? 1 : 0, out var work), work);
    }

    /// <summary>Replaces the tensor by that of one rank.</summary>
    public void Broadcast(Tensor tensor, int from = 0)
    {
        const string what = "handing round numbers";
        using var scope = TensorScope.Begin();
        var sent = tensor.IsContiguous ? tensor : tensor.Contiguous();
        Begin(what, Native.foresee_group_broadcast(Handle, sent, from, out var work), work).Wait();
        if (sent != tensor) tensor.Copy_(sent);
    }

    /// <summary>
    /// The rows of all ranks, one after the other. The gradient of a rank's rows is the sum of what they got on all ranks, so that losses
    /// of single ranks, each of its own rows among all, add up to the loss of the whole batch.
    /// </summary>
    /// <param name="rows">[n, ...], the same shape on all ranks</param>
    /// <returns>[ranks·n, ...], f32 where rows are of less</returns>
    public Tensor Gather(Tensor rows) =>
        new GatheredRows(this).Apply(rows.DType is DType.BFloat16 or DType.Float16 ? rows.To(DType.Float32) : rows)[0];

    internal Tensor GatherPlain(Tensor rows)
    {
        const string what = "gathering rows";
        using var scope = TensorScope.Begin();
        var own = rows.Contiguous();
        Tensor[] all = [.. Enumerable.Range(0, Ranks).Select(_ => Tensor.Empty(own.Shape, own.DType, own.Device))];
        fixed (nint* pointers = Autograd.Pointers(all))
            Begin(what, Native.foresee_group_all_gather(Handle, own, pointers, Ranks, out var work), work).Wait();
        return scope.Keep(Tensor.Cat(all));
    }

    /// <summary>
    /// A reduce-scatter: the sum over ranks of the rows that belong to this one. Gloo has none in libtorch 1.13; each rank sends the others
    /// their rows and adds up what it gets of its own, which moves half the bytes of a sum of all rows and 1/n of the additions.
    /// </summary>
    /// <param name="rows">[ranks·n, ...], the same shape on all ranks</param>
    /// <returns>[n, ...]</returns>
    public Tensor SumOfOwn(Tensor rows)
    {
        const string what = "adding up rows";
        using var scope = TensorScope.Begin();
        var (sent, received) = (rows.Contiguous(), Tensor.Empty(rows.Shape, rows.DType, rows.Device));
        Begin(what, Native.foresee_group_all_to_all(Handle, sent, received, out var work), work).Wait();
        return scope.Keep(received.View([Ranks, rows.Size(0) / Ranks, .. rows.Shape.Skip(1)]).Sum(0));
    }

    /// <summary>Waits for all ranks.</summary>
    public void Barrier() => Begin("waiting for all", Native.foresee_group_barrier(Handle, out var work), work).Wait();

    /// <summary>Rank 0's bytes.</summary>
    /// <param name="bytes">Of rank 0; of the others nothing is read.</param>
    public byte[] Share(byte[]? bytes)
    {
        using var scope = TensorScope.Begin();
        var length = Tensor.From([(long)(bytes?.Length ?? 0)]);
        Broadcast(length);
        if (length.ToInt64() == 0) return [];
        var shared = Rank == 0 ? Tensor.From(bytes!) : Tensor.Empty([length.ToInt64()], DType.UInt8);
        Broadcast(shared);
        return shared.ToArray<byte>();
    }

    /// <summary>Each rank's bytes, which may be of any number, in the order of the ranks.</summary>
    public byte[][] GatherBytes(byte[] own)
    {
        using var scope = TensorScope.Begin();
        var lengths = GatherPlain(Tensor.From([(long)own.Length])).ToArray<long>();
        if (lengths.Max() == 0) return [.. lengths.Select(_ => Array.Empty<byte>())];
        var padded = new byte[lengths.Max()];
        own.CopyTo(padded, 0);
        var all = GatherPlain(Tensor.From(padded)).ToArray<byte>();
        return [.. lengths.Select((length, rank) => all.AsSpan(rank * padded.Length, (int)length).ToArray())];
    }

    /// <summary>Before ranks share a work on what each has read by itself.</summary>
    /// <param name="what">"the images", in the plural.</param>
    /// <param name="own">What they are known by.</param>
    /// <exception cref="GroupException">A rank has other ones than rank 0; on all ranks.</exception>
    public void ExpectSame(string what, byte[] own)
    {
        var all = GatherBytes(SHA256.HashData(own));
        var other = Array.FindIndex(all, mark => !mark.AsSpan().SequenceEqual(all[0]));
        if (other >= 0)
            throw new GroupException($"{Name} stops, for {what} of rank {other} are not those of rank 0; give all ranks the same line, and the "
                + "same files under the same names.");
    }

    /// <summary>Replaces each tensor by its mean over all ranks, by one exchange.</summary>
    /// <param name="tensors">Float32, of the same shapes on all ranks.</param>
    public void Mean(IReadOnlyList<Tensor> tensors)
    {
        if (tensors.Count == 0) return;
        using var scope = TensorScope.Begin();
        using var noGrad = Autograd.NoGrad();
        var flat = Tensor.Cat([.. tensors.Select(tensor => tensor.Flatten())]);
        Sum(flat);
        flat = flat / Ranks;
        var from = 0L;
        foreach (var tensor in tensors)
        {
            tensor.Copy_(flat.Narrow(0, from, tensor.Elements).View(tensor.Shape));
            from += tensor.Elements;
        }
    }

    /// <summary>Rank 0's file, of any size, on all ranks.</summary>
    /// <param name="path">On rank 0 what is read, on the others what is written.</param>
    /// <param name="piece">Bytes at a time.</param>
    public void ShareFile(string path, int piece = 64 << 20)
    {
        using var file = Rank == 0 ? File.OpenRead(path) : File.Create(path);
        while (true)
        {
            byte[]? bytes = null;
            if (Rank == 0)
            {
                bytes = new byte[Math.Min(piece, file.Length - file.Position)];
                file.ReadExactly(bytes);
            }
            bytes = Share(bytes);
            if (bytes.Length == 0) return;
            if (Rank != 0) file.Write(bytes);
        }
    }

    private nint Handle => Failure is not null ? throw Failure
        : handle != 0 ? handle : throw new ObjectDisposedException(nameof(ProcessGroup));

    private static Tensor Whole(Tensor tensor) => tensor.IsContiguous ? tensor
        : throw new ArgumentException($"Ranks exchange contiguous tensors, got {tensor}; exchange its Contiguous() and copy that back.");

    private PendingWork Begin(string what, int status, nint work) => status == 0 ? new(this, work, what) : throw Lost(what);

    /// <summary>The group's end, in words.</summary>
    internal GroupException Lost(string what) => Failure ??= new(
        $"{char.ToUpperInvariant(Name[0])}{Name[1..]} lost the others while {what}: {Reason()}. A rank has ended, or has not done its part "
            + $"within {timeout.TotalSeconds:0} s; its own last message says why.");

    private static string Reason()
    {
        var text = Marshal.PtrToStringUTF8(Native.foresee_error()) ?? "";
        var line = text.Split('\n')[0].Trim().TrimEnd('.');
        var place = line.IndexOf("] ", StringComparison.Ordinal); // "[./gloo/transport/tcp/pair.cc:598] Connection closed by peer"
        return line.StartsWith("[/", StringComparison.Ordinal) || line.StartsWith("[.", StringComparison.Ordinal) ? line[(place + 2)..] : line;
    }

    private static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text + '\0');

    /// <summary>Of a group that has failed nothing is freed: that would wait for the ranks that are gone.</summary>
    public void Dispose()
    {
        if (handle != 0 && Failure is null) Native.foresee_group_release(handle);
        handle = 0;
    }
}

/// <summary><see cref="ProcessGroup.Gather"/> with its gradient.</summary>
internal sealed class GatheredRows(ProcessGroup group) : CustomFunction
{
    protected override Tensor[] Forward(Tensor[] inputs) => [group.GatherPlain(inputs[0])];

    protected override Tensor?[] Backward(Tensor?[] gradients) => [group.SumOfOwn(gradients[0]!)];
}
