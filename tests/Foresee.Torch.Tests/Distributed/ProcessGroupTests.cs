using System.Diagnostics;
using Foresee.Torch.Distributed;
using Foresee.Torch.Files;
using Foresee.Torch.Interop;
using Foresee.Torch.Layers;

namespace Foresee.Torch.Tests.Distributed;

/// <summary>Two real processes on the loopback against one that has all of their numbers.</summary>
public sealed class ProcessGroupTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("foresee-ranks").FullName;
    private readonly TensorScope scope = TensorScope.Begin();

    public void Dispose()
    {
        scope.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    private IReadOnlyDictionary<string, Tensor>[] Run(string name)
    {
        RankProcesses.RunAll(2, name, folder);
        return [.. Enumerable.Range(0, 2).Select(rank => Safetensors.Read(Path.Combine(folder, $"rank{rank}.safetensors")).Tensors)];
    }

    private static void Near(Tensor expected, Tensor got, double tolerance = 1e-5)
    {
        var (a, b) = (expected.ToArray<float>(), got.ToArray<float>());
        Assert.Equal(a.Length, b.Length);
        for (var i = 0; i < a.Length; i++) Assert.Equal(a[i], b[i], tolerance * Math.Max(1, Math.Abs(a[i])));
    }

    [Fact]
    public void The_bridge_has_process_groups() => Assert.Contains("gloo", ProcessGroup.Backends);

    [Fact]
    public void Sums_greatest_numbers_broadcasts_and_gathered_rows_are_those_of_a_plain_loop()
    {
        var results = Run("collectives");
        float[][] Own(string what, params long[] shape) => [.. Enumerable.Range(0, 2).Select(rank =>
            RankCases.Draw(rank, what, shape).ToArray<float>())];
        var (sums, greatest, rows) = (Own("sum", RankCases.Rows, RankCases.Columns), Own("max", RankCases.Rows),
            Own("gather", RankCases.Rows, RankCases.Columns));
        var scattered = Own("scatter", 2 * RankCases.Rows, RankCases.Columns);
        float[] whole = [.. scattered[0].Zip(scattered[1], (a, b) => a + b)];
        Assert.Equal(whole, results.SelectMany(result => result["own"].ToArray<float>()));
        Assert.All(results, result =>
        {
            Assert.Equal(sums[0].Zip(sums[1], (a, b) => a + b), result["sum"].ToArray<float>());
            Assert.Equal(greatest[0].Zip(greatest[1], Math.Max), result["max"].ToArray<float>());
            Assert.Equal(RankCases.Draw(1, "hand", 7).ToArray<float>(), result["handed"].ToArray<float>());
            Assert.Equal([2 * RankCases.Rows, RankCases.Columns], result["gathered"].Shape);
            Assert.Equal([.. rows[0], .. rows[1]], result["gathered"].ToArray<float>());
            Assert.Equal([1, 2, 3], result["shared"].ToArray<byte>());
        });
    }

    [Fact]
    public void Each_job_is_done_once_by_whoever_is_free_and_told_to_all()
    {
        var results = Run("jobs");
        Assert.All(results, result => Assert.Equal(Enumerable.Range(1, RankCases.JobCount).Select(job => (byte)job),
            result["results"].ToArray<byte>()));
        var own = Array.ConvertAll(results, result => result["own"].ToArray<int>().Single());
        Assert.Equal(RankCases.JobCount, own.Sum());
        Assert.True(own[0] > own[1], $"the quick rank did {own[0]} jobs, the slow one {own[1]}");
    }

    [Theory]
    [InlineData("failing", "rank 1 of 2 failed: job of mine", "InvalidDataException: job of mine")]
    [InlineData("untold", "rank 1 of 2 failed: can't keep it", "InvalidDataException: can't keep it")]
    [InlineData("stopping", "OperationCanceledException", "OperationCanceledException")]
    [InlineData("ending", "Rank 0 of 2 on", "")]
    public void What_happens_to_a_rank_in_its_job_stops_the_other_in_its_own(string how, string first, string second)
    {
        var outcome = RankProcesses.Run(2, how, folder); // rank 0's job would take longer than that waits
        Assert.Equal((3, how == "ending" ? 137 : 3), (outcome[0].Code, outcome[1].Code));
        Assert.Contains(first, outcome[0].Text, StringComparison.Ordinal);
        Assert.Contains(second, outcome[1].Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Files_lists_and_means_are_those_of_a_plain_loop()
    {
        Assert.All(Run("files"), result =>
        {
            Assert.Equal([0, 3, 4, 5, 6], result["bytes"].ToArray<byte>());
            Assert.Equal(Enumerable.Range(1, RankCases.FileBytes).Select(n => (byte)n), result["file"].ToArray<byte>());
            foreach (var (name, shape) in new (string, long[])[] { ("first", [2, 3]), ("second", [4]) })
                Near((RankCases.Draw(0, name, shape) + RankCases.Draw(1, name, shape)) / 2, result[name]);
        });
    }

    [Fact]
    public void Losses_of_ranks_against_gathered_rows_have_the_gradient_of_the_whole_batch()
    {
        var results = Run("gather");
        var x = Tensor.Cat([.. Enumerable.Range(0, 2).Select(rank => RankCases.Draw(rank, "rows", RankCases.Rows, RankCases.Columns))]);
        x.RequiresGrad = true;
        RankCases.Loss(x, x).Backward();
        Near(x.Grad!, Tensor.Cat([results[0]["gradient"], results[1]["gradient"]]));
    }

    [Fact]
    public void Synchronised_batch_norm_is_that_of_one_process_with_all_images()
    {
        var results = Run("norm");
        Tensor All(string what) => Tensor.Cat([.. Enumerable.Range(0, 2).Select(rank =>
            RankCases.Draw(rank, what, RankCases.Rows, RankCases.Channels, 2, 3) + (what == "images" ? rank : 0))]);
        using var norm = new BatchNorm2d(RankCases.Channels);
        var x = All("images").Detach();
        x.RequiresGrad = true;
        var y = norm.Forward(x).Relu();
        (y * All("towards")).Sum().Backward();
        Near(y, Tensor.Cat([results[0]["y"], results[1]["y"]]));
        Near(x.Grad!, Tensor.Cat([results[0]["gradient"], results[1]["gradient"]]));
        var state = norm.State().ToDictionary(tensor => tensor.Name, tensor => tensor.Value);
        Assert.All(results, result =>
        {
            Near(norm.Parameters().First().Value.Grad!, result["weight"]);
            Near(norm.Parameters().Last().Value.Grad!, result["bias"]);
            Near(state["running_mean"], result["mean"]);
            Near(state["running_var"], result["variance"]);
        });
    }

    [Fact]
    public void Synchronised_batch_norm_by_the_kernel_is_the_kernel_on_all_images()
    {
        Assert.True(Kernels.Width > 0);
        var results = Run("fused");
        foreach (var norm in NormCase.All)
        {
            var rounding = norm.Type == DType.BFloat16 ? 1.0 / 128 : 0; // two numbers that round to neighbours
            foreach (var (index, (name, one)) in norm.Run(group: null).Index())
            {
                var (expected, got) = (one.ToArray<float>(), (NormCase.IsMap(index) ? Tensor.Cat([results[0][name], results[1][name]])
                    : results[0][name]).ToArray<float>());
                Assert.Equal(expected.Length, got.Length);
                var slack = 1e-5 * Math.Max(1, expected.Max(Math.Abs));
                for (var i = 0; i < got.Length; i++)
                    Assert.True(Math.Abs(expected[i] - got[i]) <= slack + (NormCase.IsMap(index) ? rounding * Math.Abs(expected[i]) : 0),
                        $"{name}, element {i}: {got[i]} of two ranks, {expected[i]} of one");
            }
        }
    }

    [Fact]
    public void Gradients_in_buckets_are_the_sum_over_ranks_and_set_out_before_the_backward_ends()
    {
        var results = Run("buckets");
        using var network = RankCases.Network();
        Tensor[] weights = [.. network.Parameters().Select(p => p.Value)];
        var losses = Enumerable.Range(0, 2).Select(rank =>
            network.Forward(RankCases.Draw(rank, "step", RankCases.Rows, RankCases.Columns)).Square().Mean()).ToArray();
        (losses[0] + losses[1]).Backward();
        Assert.All(results, result =>
        {
            foreach (var used in new[] { true, false })
                for (var index = 0; index < weights.Length; index++) Near(weights[index].Grad!, result[$"{used}.{index}"]);
            // the second time a weight without gradient is in the first bucket, which then waits for the end
            Assert.Equal([2, 2, 2, 0], result["buckets"].ToArray<long>());
        });
    }

    [Fact]
    public void A_rank_that_has_ended_is_reported_by_the_other_which_names_itself()
    {
        var outcome = RankProcesses.Run(2, "gone", folder);
        Assert.Equal(3, outcome[0].Code);
        Assert.Contains("Rank 0 of 2 on", outcome[0].Text, StringComparison.Ordinal);
        Assert.Contains("lost the others while adding up numbers", outcome[0].Text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_rank_that_is_late_is_waited_for_no_longer_than_the_timeout()
    {
        var clock = Stopwatch.StartNew();
        var outcome = RankProcesses.Run(2, "late", folder);
        Assert.Equal(3, outcome[0].Code);
        Assert.Contains("within 2 s", outcome[0].Text, StringComparison.Ordinal);
        Assert.Equal(3, outcome[1].Code); // the other has gone meanwhile
        Assert.InRange(clock.Elapsed.TotalSeconds, 2, 60);
    }

    [Fact]
    public void Ranks_that_start_late_are_waited_for_longer_than_a_call_may_take() => RankProcesses.RunAll(3, "slow", folder);

    [Fact]
    public void Whoever_is_alone_gives_up_joining_and_says_where_it_waited()
    {
        var place = new RankPlace(1, 2, 1, 2, "127.0.0.1", RankProcesses.FreePort(), "test");
        var error = Assert.Throws<GroupException>(() => ProcessGroup.Join(place, joining: TimeSpan.FromSeconds(1)));
        Assert.Contains($"Rank 1 of 2 on {Environment.MachineName} could not meet the others at 127.0.0.1:{place.Port}", error.Message,
            StringComparison.Ordinal);
    }
}
