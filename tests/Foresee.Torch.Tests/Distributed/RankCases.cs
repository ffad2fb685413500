using System.Diagnostics;
using Foresee.Torch.Distributed;
using Foresee.Torch.Files;
using Foresee.Torch.Layers;

namespace Foresee.Torch.Tests.Distributed;

/// <summary>What one rank does; each writes rankN.safetensors, which the test compares with one process.</summary>
internal static class RankCases
{
    public const int Rows = 3, Columns = 4, Channels = 5;

    public static int Run(string name, string folder)
    {
        Engine.Threads = 1;
        var place = RankPlace.Read(Environment.GetEnvironmentVariable)!;
        try
        {
            var timeout = TimeSpan.FromSeconds(name switch { "late" => 2, "slow" => 5, _ => 60 });
            using var store = name is "slow" && place.Rank == 0 ? ProcessGroup.Join(place with { Ranks = 1, Prefix = "store" }) : null;
            if (name is "slow") place = place with { Serves = false }; // as torchrun's agent does
            if (name is "slow" && place.Rank == 2) Thread.Sleep(TimeSpan.FromSeconds(8));
            using var group = ProcessGroup.Join(place, timeout, TimeSpan.FromSeconds(60));
            using var scope = TensorScope.Begin();
            var results = name switch
            {
                "collectives" => Collectives(group),
                "gather" => GatherGradient(group),
                "norm" => Norm(group),
                "fused" => NormCase.All.SelectMany(norm => norm.Run(group)).ToDictionary(),
                "buckets" => Buckets(group),
                "files" => Files(group, folder),
                "gone" => Gone(group),
                "jobs" => Jobs(group),
                "failing" or "ending" or "stopping" or "untold" => Broken(group, name),
                "slow" => [],
                "late" => Late(group),
                _ => throw new ArgumentException(name),
            };
            Safetensors.Write(Path.Combine(folder, $"rank{group.Rank}.safetensors"),
                results.Select(result => new NamedTensor(result.Key, result.Value)), new Dictionary<string, string>());
            return 0;
        }
        catch (GroupException error)
        {
            Console.Error.WriteLine(error.Message);
            return 3;
        }
    }

    /// <summary>A rank's own numbers, the same in every process that asks.</summary>
    public static Tensor Draw(int rank, string what, params long[] shape)
    {
        using var generator = new Generator((ulong)(1000 * what.Length + rank));
        return Tensor.RandN(shape, generator);
    }

    private static Dictionary<string, Tensor> Collectives(ProcessGroup group)
    {
        var (sum, greatest, handed) = (Draw(group.Rank, "sum", Rows, Columns), Draw(group.Rank, "max", Rows), Draw(group.Rank, "hand", 7));
        group.Sum(sum);
        group.Greatest(greatest);
        group.Broadcast(handed, from: 1);
        var gathered = group.Gather(Draw(group.Rank, "gather", Rows, Columns));
        var own = group.SumOfOwn(Draw(group.Rank, "scatter", 2 * Rows, Columns));
        group.Barrier();
        var shared = group.Share(group.Rank == 0 ? [1, 2, 3] : null);
        return new()
        {
            ["sum"] = sum,
            ["max"] = greatest,
            ["handed"] = handed,
            ["gathered"] = gathered,
            ["own"] = own,
            ["shared"] = Tensor.From(shared),
        };
    }

    /// <summary>What a rank tells the others: nothing, or more than they.</summary>
    public static byte[] Own(int rank) => rank == 0 ? [] : [4, 5, 6];

    public const int FileBytes = 12;

    private static Dictionary<string, Tensor> Files(ProcessGroup group, string folder)
    {
        var path = Path.Combine(folder, $"file{group.Rank}");
        if (group.Rank == 0) File.WriteAllBytes(path, [.. Enumerable.Range(1, FileBytes).Select(n => (byte)n)]);
        group.ShareFile(path, piece: 5);
        Tensor[] means = [Draw(group.Rank, "first", 2, 3), Draw(group.Rank, "second", 4)];
        group.Mean(means);
        return new()
        {
            ["bytes"] = Tensor.From([.. group.GatherBytes(Own(group.Rank)).SelectMany(own => own.Prepend((byte)own.Length))]),
            ["file"] = Tensor.From(File.ReadAllBytes(path)),
            ["first"] = means[0],
            ["second"] = means[1],
        };
    }

    /// <summary>The loss of a rank: its own rows against the rows of all. A rank's part is the mean over ranks.</summary>
    public static Tensor Loss(Tensor own, Tensor all) => own.MatMul(all.T()).Exp().Mean();

    private static Dictionary<string, Tensor> GatherGradient(ProcessGroup group)
    {
        var x = Draw(group.Rank, "rows", Rows, Columns);
        x.RequiresGrad = true;
        (Loss(x, group.Gather(x)) / group.Ranks).Backward();
        return new() { ["gradient"] = x.Grad! };
    }

    private static Dictionary<string, Tensor> Norm(ProcessGroup group)
    {
        using var norm = new BatchNorm2d(Channels);
        norm.Synchronise(group);
        var x = Draw(group.Rank, "images", Rows, Channels, 2, 3) + group.Rank;
        x = x.Detach();
        x.RequiresGrad = true;
        var y = norm.ReluPool(x);
        (y * Draw(group.Rank, "towards", Rows, Channels, 2, 3)).Sum().Backward();
        var state = norm.State().ToDictionary(tensor => tensor.Name, tensor => tensor.Value);
        foreach (var weight in norm.Parameters()) group.Sum(weight.Value.Grad!);
        return new()
        {
            ["y"] = y.Detach(),
            ["gradient"] = x.Grad!,
            ["weight"] = norm.Parameters().First().Value.Grad!,
            ["bias"] = norm.Parameters().Last().Value.Grad!,
            ["mean"] = state["running_mean"].Clone(),
            ["variance"] = state["running_var"].Clone(),
        };
    }

    /// <summary>Layers of 1.4 MB, so that there are several buckets.</summary>
    public static Sequential Network()
    {
        using var generator = new Generator(1);
        return new([new Linear(Columns, 600, bias: true, generator), new Linear(600, 600, bias: true, generator),
            new Linear(600, 8, bias: true, generator)]);
    }

    private static Dictionary<string, Tensor> Buckets(ProcessGroup group)
    {
        using var network = Network();
        Tensor[] weights = [.. network.Parameters().Select(p => p.Value)];
        using var unused = Tensor.Ones([3]);
        unused.RequiresGrad = true;
        var (results, counts) = (new Dictionary<string, Tensor>(), new List<long>());
        foreach (var used in new[] { true, false })
        {
            using var buckets = new GradientBuckets(group, used ? weights : [.. weights, unused]);
            foreach (var weight in weights) weight.Grad = null;
            buckets.Open();
            network.Forward(Draw(group.Rank, "step", Rows, Columns)).Square().Mean().Backward();
            buckets.Close();
            foreach (var (index, weight) in weights.Index()) results[$"{used}.{index}"] = weight.Grad!;
            counts.AddRange([buckets.Count, buckets.Early]);
        }
        results["buckets"] = Tensor.From([.. counts]);
        return results;
    }

    public const int JobCount = 23;

    /// <summary>Rank 1 takes a while over each, so that rank 0 does most; and once no job at all.</summary>
    private static Dictionary<string, Tensor> Jobs(ProcessGroup group)
    {
        var (results, own) = (new byte[JobCount], 0);
        foreach (var jobs in new[] { 0, JobCount })
            SharedJobs.Run(group, jobs, (job, _) =>
            {
                if (group.Rank == 1) Thread.Sleep(300);
                Interlocked.Increment(ref own);
                return [(byte)(job + 1)];
            }, (job, result) => results[job] += result.Single(), threads: 2);
        return new() { ["results"] = Tensor.From(results), ["own"] = Tensor.From([own]) };
    }

    /// <summary>What goes wrong on rank 1 while rank 0 is at a job that would take long.</summary>
    private static Dictionary<string, Tensor> Broken(ProcessGroup group, string how)
    {
        using var asked = new CancellationTokenSource();
        try
        {
            SharedJobs.Run(group, 2, (_, cancel) =>
            {
                if (group.Rank == 0) cancel.WaitHandle.WaitOne(TimeSpan.FromMinutes(10));
                else if (how == "failing") throw new InvalidDataException("job of mine");
                else if (how == "ending") Process.GetCurrentProcess().Kill();
                else if (how == "stopping") asked.Cancel();
                cancel.ThrowIfCancellationRequested();
                return [];
            }, (_, _) =>
            {
                if (how == "untold" && group.Rank == 1) throw new InvalidDataException("can't keep it");
            }, threads: 1, asked.Token);
        }
        catch (Exception error) when (error is InvalidDataException or OperationCanceledException)
        {
            throw new GroupException($"{error.GetType().Name}: {error.Message}", error);
        }
        throw new InvalidOperationException("all jobs were done");
    }

    private static Dictionary<string, Tensor> Gone(ProcessGroup group)
    {
        group.Barrier();
        if (group.Rank == 1) Environment.Exit(0);
        group.Sum(Tensor.Ones([3]));
        return [];
    }

    private static Dictionary<string, Tensor> Late(ProcessGroup group)
    {
        group.Barrier();
        if (group.Rank == 1) Thread.Sleep(TimeSpan.FromSeconds(6));
        group.Sum(Tensor.Ones([3]));
        return [];
    }
}
