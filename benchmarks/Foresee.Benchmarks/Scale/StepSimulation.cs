namespace Foresee.Benchmarks.Scale;

/// <summary>Where the time of a step goes, in seconds.</summary>
/// <param name="Step">From the first image to the updated weights, the longer of computing and reading.</param>
/// <param name="Exchange">Of it, waiting for what is exchanged.</param>
/// <param name="Reading">Of it, waiting for images.</param>
/// <param name="Bytes">That a node's link sends (of a single node, a worker).</param>
internal readonly record struct StepTimes(double Step, double Exchange, double Reading, double Bytes);

/// <summary>
/// Data-parallel steps as they are made here: forward, in which batch norms may wait for each other, the candidates of all, a backward
/// whose gradients set out in buckets, one after the other, as each is full, small sums, and the optimiser. All wait for the slowest.
/// </summary>
/// <param name="Overlaps">Whether buckets travel while the backward goes on, as where a worker takes its images in one pass.</param>
internal sealed record StepSimulation(Workload Work, Worker Worker, Cluster Cluster, bool Overlaps = true)
{
    private const int Steps = 200;
    private const double FirstBucket = 1 << 20, Bucket = 25 << 20; // bytes, as GradientBuckets
    private const double Double = 8, Small = 2 * Double;

    /// <summary>Means over many steps, the same for the same seed.</summary>
    public StepTimes Mean(int seed = 0)
    {
        var random = new Random(seed);
        var steps = Enumerable.Range(0, Steps).Select(_ => One(Worker.Slowest(Cluster.Workers, random))).ToList();
        return new(steps.Average(s => s.Step), steps.Average(s => s.Exchange), steps.Average(s => s.Reading), steps[0].Bytes);
    }

    /// <param name="slowest">The slowest worker's time as a multiple of <see cref="Scale.Worker.Compute"/>.</param>
    public StepTimes One(double slowest)
    {
        var computed = slowest * Worker.Compute;
        double forward = computed / (1 + Work.BackwardShare), whole = Work.Layers.Sum(layer => layer.MultiplyAdds);
        double time = 0, bytes = 0;
        void Gather(double each) => (time, bytes) = (time + Cluster.Gather(each), bytes + Cluster.GatherBytes(each));
        void Sum(double each) => (time, bytes) = (time + Cluster.Sum(each), bytes + Cluster.SumBytes(each));

        foreach (var layer in Work.Layers)
        {
            time += forward * layer.MultiplyAdds / whole;
            if (Work.NormsTogether && layer.Normed > 0) Gather(Double * (2 * layer.Normed + 1)); // mean, squares and count
        }
        if (Work.Gathered > 0)
        {
            Gather(Work.Gathered);
            Sum(Cluster.Workers * Work.Gathered); // the gradients that the losses of all give to each other's candidates
        }
        var left = new double[Work.Layers.Count]; // when the backward leaves a layer
        for (var i = Work.Layers.Count - 1; i >= 0; i--)
        {
            time += forward * Work.BackwardShare * Work.Layers[i].MultiplyAdds / whole;
            if (Work.NormsTogether && Work.Layers[i].Normed > 0) Sum(sizeof(float) * 2 * Work.Layers[i].Normed);
            left[i] = time;
        }
        var free = 0.0; // when the way is, for the next bucket
        foreach (var (last, size) in Buckets())
        {
            free = Math.Max(free, Overlaps ? left[last] : time) + Cluster.Sum(size);
            bytes += Cluster.SumBytes(size);
        }
        time = Math.Max(time, free);
        for (var i = 0; i < Work.SmallSums; i++) Sum(Small);
        time += Worker.Rest;
        var reading = Work.Images / Worker.ImagesRead;
        return new(Math.Max(time, reading), time - computed - Worker.Rest, Math.Max(0, reading - time), bytes);
    }

    /// <summary>From the last layer to the first: the layer that fills a bucket, and the bytes in it.</summary>
    internal IEnumerable<(int Last, double Bytes)> Buckets()
    {
        double full = 0, limit = FirstBucket;
        for (var i = Work.Layers.Count - 1; i >= 0; i--)
        {
            full += sizeof(float) * (double)Work.Layers[i].Weights;
            if (full < limit && i > 0) continue;
            yield return (i, full);
            (full, limit) = (0, Bucket);
        }
    }
}
