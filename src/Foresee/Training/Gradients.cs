using Foresee.Methods;
using Foresee.Torch;
using Foresee.Torch.Distributed;
using Foresee.Torch.Layers;

namespace Foresee.Training;

/// <summary>
/// Loss and gradients of a batch in one phase. Where the batch falls into independent parts, each thread takes a shard of them through
/// forward and backward by itself. The shards are added in order, so the result does not depend on timing. Of several processes each has
/// its part of the batch; the gradients of all are added, while the backward runs where it is a single one.
/// </summary>
internal sealed class Gradients : IDisposable
{
    private readonly Phase phase;
    private readonly NamedTensor[] parameters;
    private readonly int shards, microBatches, threads;
    private readonly ProcessGroup? group;
    private readonly GradientBuckets? buckets;

    /// <param name="independentImages">Of the method.</param>
    /// <param name="threads">To share out.</param>
    /// <param name="batchSize">Of this process.</param>
    /// <param name="atOnce">Images that may pass through the network at once on each thread; 0 for any number.</param>
    /// <param name="group">Of the processes that train one network; null for one.</param>
    public Gradients(Phase phase, int independentImages, int batchSize, Device device, int threads, int atOnce = 0,
        ProcessGroup? group = null)
    {
        (this.phase, this.threads, this.group) = (phase, threads, group);
        parameters = [.. phase.Parameters];
        if (group is not null) buckets = new(group, Array.ConvertAll(parameters, p => p.Value));
        var parts = independentImages > 0 && batchSize % independentImages == 0 ? batchSize / independentImages : 1;
        shards = device.Type == DeviceType.Cpu ? Enumerable.Range(1, Math.Min(parts, threads)).Last(n => parts % n == 0) : 1;
        // Each shard in the fewest equal micro-batches that are small enough and whole parts.
        var (images, within) = (batchSize / shards, parts / shards);
        microBatches = atOnce == 0 || images <= atOnce
            ? 1
            : Enumerable.Range(1, within).FirstOrDefault(n => within % n == 0 && images / n <= atOnce);
        if (microBatches == 0)
            throw new ArgumentException($"A batch of {batchSize} images that are compared {(parts > 1 ? $"in parts of {independentImages}" : "all with all")} can't pass "
                + $"through the network {atOnce} at a time; accumulate {batchSize / parts} images or more, or let the method compare "
                + "fewer.");
    }

    /// <summary>
    /// Threads inside an operator while the shards compute: a thread that an operator woke would spin for its next work meanwhile.
    /// </summary>
    public int OperatorThreads => Math.Max(1, threads / shards);

    /// <summary>Leaves the gradients in the parameters.</summary>
    /// <param name="metrics">Whether they are wanted; each costs a wait for the device.</param>
    public StepValues Compute(Inputs inputs, bool metrics)
    {
        if (group is null) return InShards(inputs, metrics);
        return (shards * microBatches == 1 ? AtOnce(inputs, metrics) : InShards(inputs, metrics)).Mean(group);
    }

    /// <summary>One backward, which leaves gradients that set out to the other processes as they come.</summary>
    private StepValues AtOnce(Inputs inputs, bool metrics)
    {
        using var scope = TensorScope.Begin();
        var loss = phase.Loss(inputs);
        buckets!.Open();
        (loss.Total / group!.Ranks).Backward();
        buckets.Close();
        return StepValues.Of(loss, metrics);
    }

    private StepValues InShards(Inputs inputs, bool metrics)
    {
        var results = new Shard[shards];
        var parts = inputs.Split(shards * microBatches);
        Engine.ParallelJobs(shards, i => results[i] = Take(parts[(i * microBatches)..((i + 1) * microBatches)], metrics), threads: threads);
        Add(results);
        return results[0].Values with
        {
            Total = results.Average(r => r.Values.Total),
            Metrics = [.. results[0].Values.Metrics.Select((metric, m) =>
                metric with { Value = results.Average(r => r.Values.Metrics[m].Value) })],
        };
    }

    private Shard Take(Inputs[] inputs, bool metrics)
    {
        var whole = TakeMicroBatch(inputs[0], metrics);
        foreach (var input in inputs.Skip(1)) whole = whole.With(TakeMicroBatch(input, metrics));
        return whole with { Values = whole.Values.Divided(microBatches) };
    }

    private Shard TakeMicroBatch(Inputs inputs, bool metrics)
    {
        using var scope = TensorScope.Begin();
        var (loss, count) = (phase.Loss(inputs), shards * microBatches * (group?.Ranks ?? 1));
        var gradients = Autograd.Gradients([count == 1 ? loss.Total : loss.Total / count], Array.ConvertAll(parameters, p => p.Value));
        foreach (var gradient in gradients)
            if (gradient is not null) TensorScope.Detach(gradient);
        return new(StepValues.Of(loss, metrics), gradients);
    }

    private void Add(Shard[] results)
    {
        using var scope = TensorScope.Begin();
        using var noGrad = Autograd.NoGrad();
        for (var p = 0; p < parameters.Length; p++)
        {
            using var first = results[0].Gradients[p];
            var sum = first;
            for (var s = 1; s < results.Length; s++)
            {
                using var other = results[s].Gradients[p];
                if (other is not null) sum = sum is null ? other.Clone() : sum + other;
            }
            parameters[p].Value.Grad = sum;
        }
        buckets?.Close();
    }

    public void Dispose() => buckets?.Dispose();

    private sealed record Shard(StepValues Values, Tensor?[] Gradients)
    {
        /// <summary>The sums of both; the other's gradients are used up.</summary>
        public Shard With(Shard other)
        {
            using var noGrad = Autograd.NoGrad();
            for (var p = 0; p < Gradients.Length; p++)
            {
                using var more = other.Gradients[p];
                if (more is null) continue;
                using var before = Gradients[p];
                // not in place: gradients may share memory
                Gradients[p] = TensorScope.Detach(before is null ? more.Clone() : before + more);
            }
            return this with { Values = Values.Plus(other.Values) };
        }
    }
}
