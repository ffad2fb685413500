using Foresee.Torch;

namespace Foresee.Evaluation;

/// <summary>
/// Images joined to those that look most alike: w_ij = max(0, cos(x_i, x_j))^p where j is among the k nearest of i. Between two of the
/// graph the weights of both directions add up.
/// </summary>
internal sealed class NeighbourGraph : IDisposable
{
    private readonly Edge[] edges;  // each way once, the weight divided by √(d_i d_j)

    private NeighbourGraph(Tensor features, Tensor rows, int neighbours, double sharpness, int threads, CancellationToken cancellation)
    {
        (Features, Rows) = (features, TensorScope.Detach(rows));
        var nearest = new NearestRows(rows, Math.Min(neighbours, (int)rows.Size(0) - 1), sharpness)
            .Find(rows, own: true, threads, cancellation);
        var degrees = new double[rows.Size(0)];
        foreach (var (from, to, weight) in nearest)
        {
            degrees[from] += weight;
            degrees[to] += weight;
        }
        edges = Array.ConvertAll(nearest, edge =>
            edge with { Weight = (float)(edge.Weight / Math.Sqrt(Math.Max(1e-12, degrees[edge.From] * degrees[edge.To]))) });
    }

    /// <summary>f32 [N, K], as given.</summary>
    public Tensor Features { get; }

    /// <summary>f32 [N, K], of length 1.</summary>
    public Tensor Rows { get; }

    /// <param name="features">f32 [N, K], N at least 2; borrowed.</param>
    public static NeighbourGraph Build(Tensor features, int neighbours, double sharpness, int threads,
        CancellationToken cancellation = default)
    {
        using var scope = TensorScope.Begin();
        return new(features, NearestRows.Unit(features), neighbours, sharpness, threads, cancellation);
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

    public void Dispose() => Rows.Dispose();
}
