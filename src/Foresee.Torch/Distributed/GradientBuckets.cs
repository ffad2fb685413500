namespace Foresee.Torch.Distributed;

/// <summary>
/// Adds up the gradients of all ranks, several weights at a time: each bucket sets out as soon as the backward has left the last of its
/// gradients, while the backward goes on to the layers before.
/// </summary>
/// <remarks>
/// As PyTorch's DistributedDataParallel (Li et al., VLDB 2020): weights from the last to the first, a small bucket first. Buckets set out
/// in that order on every rank, whatever came first.
/// </remarks>
public sealed class GradientBuckets : IDisposable
{
    private const long FirstBytes = 1 << 20, Bytes = 25 << 20;

    private readonly ProcessGroup group;
    private readonly Tensor[] weights;
    private readonly Bucket[] buckets;
    private readonly GradientHook[] hooks;
    private int next; // the first bucket that has not set out
    private bool open;

    /// <param name="weights">Float32, in the order of their use.</param>
    public GradientBuckets(ProcessGroup group, IReadOnlyList<Tensor> weights)
    {
        (this.group, this.weights) = (group, [.. weights]);
        buckets = [.. Fill(this.weights)];
        hooks = [.. buckets.SelectMany(bucket => bucket.Places.Select(place =>
            new GradientHook(this.weights[place.Weight], () => Arrived(bucket, place.Weight))))];
    }

    /// <summary>How many there are.</summary>
    public int Count => buckets.Length;

    /// <summary>Of them, how many had set out before the last backward ended.</summary>
    public int Early { get; private set; }

    /// <summary>A backward begins, whose gradients are the final ones.</summary>
    public void Open()
    {
        (open, next) = (true, 0);
        foreach (var bucket in buckets) bucket.Missing = [.. bucket.Places.Select(place => place.Weight)];
    }

    /// <summary>After the backward: each gradient is replaced by the sum over all ranks, good until the next one. Weights without one count
    /// as 0.</summary>
    public void Close()
    {
        if (!open) Open();
        open = false;
        if (hooks.Select(hook => hook.Error).FirstOrDefault(error => error is not null) is { } failed)
            throw group.Failure ?? failed;
        Early = next;
        using var scope = TensorScope.Begin();
        using var noGrad = Autograd.NoGrad();
        while (next < buckets.Length) SetOut(buckets[next]);
        foreach (var bucket in buckets)
        {
            bucket.Work!.Wait();
            bucket.Work = null;
            foreach (var place in bucket.Places) Leave(bucket, place);
        }
    }

    /// <summary>The sum stays where it is, and the weight's gradient is a view of it until the next step sets it to null; only one whose
    /// numbers lie in another order (channels last) is copied.</summary>
    private void Leave(Bucket bucket, Place place)
    {
        if (weights[place.Weight].Grad is not { } gradient) return;
        var sum = bucket.View(place, gradient);
        if (gradient.IsContiguous) weights[place.Weight].Grad = sum;
        else gradient.Copy_(sum);
    }

    private void Arrived(Bucket bucket, int weight)
    {
        if (!open) return;
        using var scope = TensorScope.Begin();
        using var noGrad = Autograd.NoGrad();
        Put(bucket, weight);
        while (next < buckets.Length && buckets[next].Missing.Count == 0) SetOut(buckets[next]);
    }

    private void Put(Bucket bucket, int weight)
    {
        if (!bucket.Missing.Remove(weight)) return;
        var place = bucket.Places.First(place => place.Weight == weight);
        if (weights[weight].Grad is { } gradient) bucket.View(place, gradient).Copy_(gradient);
        else bucket.Flat.Narrow(0, place.From, place.Elements).Zero_();
    }

    private void SetOut(Bucket bucket)
    {
        foreach (var weight in bucket.Missing.ToArray()) Put(bucket, weight);
        bucket.Work = group.BeginSum(bucket.Flat);
        next++;
    }

    private static IEnumerable<Bucket> Fill(Tensor[] weights)
    {
        var (places, elements, limit) = (new List<Place>(), 0L, FirstBytes);
        for (var weight = weights.Length - 1; weight >= 0; weight--)
        {
            var count = weights[weight].Elements;
            places.Add(new(weight, elements, count));
            elements += count;
            if (elements * sizeof(float) < limit && weight > 0) continue;
            yield return new(places, TensorScope.Detach(Tensor.Zeros([elements], device: weights[weight].Device)));
            (places, elements, limit) = ([], 0, Bytes);
        }
    }

    public void Dispose()
    {
        foreach (var hook in hooks) hook.Dispose();
        foreach (var bucket in buckets) bucket.Flat.Dispose();
    }

    private sealed record Place(int Weight, long From, long Elements);

    private sealed class Bucket(IReadOnlyList<Place> places, Tensor flat)
    {
        public IReadOnlyList<Place> Places => places;
        public Tensor Flat => flat;
        public HashSet<int> Missing { get; set; } = [];
        public PendingWork? Work { get; set; }

        /// <summary>A gradient's part of the bucket, in its shape.</summary>
        public Tensor View(Place place, Tensor like) => flat.Narrow(0, place.From, place.Elements).View(like.Shape);
    }
}
