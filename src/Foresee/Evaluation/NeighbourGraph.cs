using Foresee.Torch;

namespace Foresee.Evaluation;

/// <summary>
/// Images joined to those that look most alike: w_ij = max(0, cos(x_i, x_j))^p where j is among the k nearest of i. Between two of the
/// graph the weights of both directions add up.
/// </summary>
internal sealed class NeighbourGraph : IDisposable
{
    private const int Block = 500;
    private readonly Tensor rows;                       // [N, K], of length 1
    private readonly double sharpness;
    private readonly (int From, int To, float Weight)[] edges;  // each way once, divided by √(d_i d_j)

    private NeighbourGraph(Tensor rows, int neighbours, double sharpness, CancellationToken cancellation)
    {
        (this.rows, this.sharpness, Count, Neighbours) = (TensorScope.Detach(rows), sharpness, (int)rows.Size(0), Math.Min(neighbours, (int)rows.Size(0) - 1));
        var nearest = Nearest(rows, Neighbours, self: true, cancellation);
        var degrees = new double[Count];
        foreach (var (from, to, weight) in nearest)
        {
            degrees[from] += weight;
            degrees[to] += weight;
        }
        edges = Array.ConvertAll(nearest, edge => edge with { Weight = (float)(edge.Weight / Math.Sqrt(Math.Max(1e-12, degrees[edge.From] * degrees[edge.To]))) });
    }

    public int Count { get; }
    public int Neighbours { get; }

    /// <param name="features">f32 [N, K], N at least 2.</param>
    public static NeighbourGraph Build(Tensor features, int neighbours, double sharpness, CancellationToken cancellation = default)
    {
        using var scope = TensorScope.Begin();
        return new(Unit(features), neighbours, sharpness, cancellation);
    }

    /// <summary>
    /// Q = (1-α) Σ_t (α S)^t P: predictions spread along the edges, S = D^-½ W D^-½ (Zhou et al. 2004, "Learning with local and global
    /// consistency"), by iteration of Q ← α S Q + (1-α) P.
    /// </summary>
    /// <param name="predictions">[N, classes], row by row.</param>
    public float[] Spread(float[] predictions, int classes, double alpha, int steps)
    {
        var (now, next) = ((float[])predictions.Clone(), new float[predictions.Length]);
        for (var step = 0; step < steps; step++)
        {
            for (var i = 0; i < next.Length; i++) next[i] = (float)((1 - alpha) * predictions[i]);
            foreach (var (from, to, weight) in edges)
            {
                var w = (float)alpha * weight;
                for (var c = 0; c < classes; c++)
                {
                    next[from * classes + c] += w * now[to * classes + c];
                    next[to * classes + c] += w * now[from * classes + c];
                }
            }
            (now, next) = (next, now);
        }
        return now;
    }

    /// <summary>For each query the weighted mean of what its nearest images of the graph hold: [queries, classes].</summary>
    public float[] MeanOfNearest(Tensor queries, float[] values, int classes, CancellationToken cancellation = default)
    {
        using var scope = TensorScope.Begin();
        var count = (int)queries.Size(0);
        var (means, totals) = (new float[count * classes], new float[count]);
        var nearest = Nearest(Unit(queries), Neighbours, self: false, cancellation);
        foreach (var (from, _, weight) in nearest) totals[from] += weight;
        foreach (var (from, to, weight) in nearest)
            for (var c = 0; c < classes; c++) means[from * classes + c] += weight / Math.Max(1e-12f, totals[from]) * values[to * classes + c];
        return means;
    }

    private (int From, int To, float Weight)[] Nearest(Tensor queries, int count, bool self, CancellationToken cancellation)
    {
        var total = (int)queries.Size(0);
        var found = new (int, int, float)[total * count];
        var take = self ? count + 1 : count; // an image is its own nearest
        Engine.ParallelJobs((total + Block - 1) / Block, block =>
        {
            using var scope = TensorScope.Begin();
            var (from, size) = (block * Block, Math.Min(Block, total - block * Block));
            var top = queries.Narrow(0, from, size).MatMul(rows.T()).TopK(take, 1);
            var (values, indices) = (top.Values.ToArray<float>(), top.Indices.ToArray<long>());
            for (var q = 0; q < size; q++)
            {
                var place = (from + q) * count;
                for (var n = 0; n < take && place < (from + q + 1) * count; n++)
                    if (!self || indices[q * take + n] != from + q)
                        found[place++] = (from + q, (int)indices[q * take + n], (float)Math.Pow(Math.Max(0, values[q * take + n]), sharpness));
            }
        }, cancellation);
        return found;
    }

    private static Tensor Unit(Tensor x) => x / x.Square().Sum(1, keep: true).Sqrt().Clamp(low: 1e-12);

    public void Dispose() => rows.Dispose();
}
