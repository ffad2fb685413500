using Foresee.Torch;

namespace Foresee.Evaluation;

/// <summary>Which of the rows a query looks most like, and how much: the weight of row j is max(0, cos(x, x_j))^p.</summary>
/// <param name="rows">f32 [N, K], of length 1; borrowed.</param>
/// <param name="count">k, of the nearest.</param>
/// <param name="sharpness">p</param>
internal sealed class NearestRows(Tensor rows, int count, double sharpness)
{
    private const int Block = 500;

    /// <summary>k</summary>
    public int Count => count;

    /// <summary>p</summary>
    public double Sharpness => sharpness;

    public static Tensor Unit(Tensor x) => x / x.Square().Sum(1, keep: true).Sqrt().Clamp(low: 1e-12);

    /// <summary>The weighted mean of what the nearest rows hold, for each query: [queries, classes].</summary>
    /// <param name="values">[N, classes], row by row.</param>
    public float[] MeanOf(Tensor queries, ReadOnlySpan<float> values, int classes)
    {
        using var scope = TensorScope.Begin();
        var total = (int)queries.Size(0);
        var (means, totals) = (new float[total * classes], new float[total]);
        var nearest = Find(Unit(queries), own: false, threads: 1, CancellationToken.None);
        foreach (var (from, _, weight) in nearest) totals[from] += weight;
        foreach (var (from, to, weight) in nearest)
            for (var c = 0; c < classes; c++)
                means[from * classes + c] += weight / Math.Max(1e-12f, totals[from]) * values[to * classes + c];
        return means;
    }

    /// <summary>The nearest rows of each query.</summary>
    /// <param name="own">Whether the queries are the rows; a row is then not counted among its own nearest.</param>
    public Edge[] Find(Tensor queries, bool own, int threads, CancellationToken cancel)
    {
        var total = (int)queries.Size(0);
        var found = new Edge[total * count];
        var take = own ? count + 1 : count;
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
                    if (!own || indices[q * take + n] != from + q)
                        found[place++] = new(from + q, (int)indices[q * take + n],
                            (float)Math.Pow(Math.Max(0, values[q * take + n]), sharpness));
            }
        }, cancel, threads);
        return found;
    }
}

internal readonly record struct Edge(int From, int To, float Weight);
