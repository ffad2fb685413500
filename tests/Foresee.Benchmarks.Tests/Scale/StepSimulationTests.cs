using Foresee.Benchmarks.Scale;

namespace Foresee.Benchmarks.Tests.Scale;

public sealed class StepSimulationTests
{
    private const int Mebi = 1 << 20;

    /// <summary>Weights of 2, 30 and 1 MiB of gradients, a tenth, six and three tenths of the work.</summary>
    private static readonly Workload work = new("test", Images: 10,
        [new(2 * Mebi / 4, 1) { Normed = 8 }, new(30 * Mebi / 4, 6) { Normed = 4 }, new(Mebi / 4, 3)])
    {
        SmallSums = 0,
    };

    private static readonly Worker worker = new(Compute: 3, Rest: 0.5, ImagesRead: 1e9);
    private static readonly Link link = new("link", 1e-3, 64 * Mebi);

    private static StepTimes Step(Workload work, Worker worker, int workers, Link link, bool overlaps = true) =>
        new StepSimulation(work, worker, new(workers, PerNode: 1, Link.None, link), overlaps).Mean();

    [Fact]
    public void One_worker_takes_what_it_computes()
    {
        var times = Step(work with { NormsTogether = true, Gathered = 100, SmallSums = 2 }, worker, 1, link);
        Assert.Equal(3.5, times.Step, 1e-9);
        Assert.Equal(0, times.Exchange, 1e-9);
        Assert.Equal(0, times.Bytes);
    }

    [Fact]
    public void Without_latency_and_with_any_bandwidth_many_are_as_quick_as_one() =>
        Assert.Equal(3.5, Step(work with { NormsTogether = true, Gathered = 100, SmallSums = 2 }, worker, 1024, Link.None).Step, 1e-9);

    [Fact]
    public void Buckets_are_those_that_the_training_fills() =>
        Assert.Equal([(2, 1.0 * Mebi), (1, 30.0 * Mebi), (0, 2.0 * Mebi)],
            new StepSimulation(work, worker, new(2, 1, Link.None, link)).Buckets());

    [Fact]
    public void Buckets_travel_beside_the_backward_one_after_the_other()
    {
        // Two workers: a sum of S takes 2 (α + S / 2β). Forward 1 s, backward 0.6, 1.2 and 0.2 s from the last layer on.
        double Sum(double mebi) => 2 * (1e-3 + mebi / 128);
        var first = 1 + 0.6 + Sum(1);
        var second = Math.Max(1 + 0.6 + 1.2, first) + Sum(30);
        var third = Math.Max(3, second) + Sum(2);
        Assert.Equal(third + 0.5, Step(work, worker, 2, link).Step, 1e-9);
        Assert.Equal(3 + Sum(1) + Sum(30) + Sum(2) + 0.5, Step(work, worker, 2, link, overlaps: false).Step, 1e-9);
        Assert.Equal(33.0 * Mebi, Step(work, worker, 2, link).Bytes, 1); // 2 (n - 1) / n of all gradients
    }

    [Fact]
    public void Norms_candidates_and_small_sums_are_waited_for()
    {
        var endless = link with { Bandwidth = double.PositiveInfinity };
        // Three workers, 1 ms a message: 2 gathers of 2 messages forward, 2 sums of 4 backward; candidates 2 and 4; two small sums of 4;
        // the bucket of the first layer sets out at the end: 4.
        Assert.Equal(3.5 + 1e-3 * (2 * 2 + 2 * 4 + 2 + 4 + 2 * 4 + 4),
            Step(work with { NormsTogether = true, Gathered = 4, SmallSums = 2 }, worker, 3, endless).Step, 1e-9);
    }

    [Fact]
    public void A_loader_that_is_too_slow_sets_the_pace()
    {
        var times = Step(work, worker with { ImagesRead = 2 }, 1, link);
        Assert.Equal(5, times.Step, 1e-9);
        Assert.Equal(1.5, times.Reading, 1e-9);
    }

    [Fact]
    public void All_wait_for_the_slowest()
    {
        // E of the larger of two lognormals: 2 e^(σ²/2) Φ(σ / √2), with σ = 0.2: 2 · 1.0202013 · 0.5562315
        var times = Step(work, worker with { Rest = 0, Jitter = 0.2 }, 2, Link.None);
        Assert.Equal(3 * 1.1349350, times.Step, 0.08);
        Assert.Equal(4.5, Step(work, worker with { Rest = 0, Measured = [0.5, 1.5] }, 64, Link.None).Step, 1e-9);
    }
}
