namespace Foresee.Inference.Suggesting;

/// <summary>Of each of some rows the nearest of others: argmin_j |x_i - y_j|², the first where several are equally near.</summary>
internal static class NearestRow
{
    private const int Block = 128, Tile = 64; // rows whose partners stay in the cache

    /// <summary>Looks through <paramref name="others"/> and keeps what is nearer than what <paramref name="squared"/> has.</summary>
    /// <param name="nearest">[N], changed: the row of the others.</param>
    /// <param name="squared">[N], changed: |x_i - y_nearest|²; begin with infinity.</param>
    public static void Find(FeatureRows rows, FeatureRows others, int[] nearest, float[] squared, int threads, CancellationToken cancel)
    {
        var options = new ParallelOptions { MaxDegreeOfParallelism = threads, CancellationToken = cancel };
        Parallel.For(0, (rows.Count + Block - 1) / Block, options, block =>
        {
            var (first, end) = (block * Block, Math.Min(rows.Count, (block + 1) * Block));
            for (var tile = 0; tile < others.Count; tile += Tile)
            {
                var last = Math.Min(others.Count, tile + Tile);
                for (var i = first; i < end; i++)
                    for (var j = tile; j < last; j++)
                    {
                        var distance = rows.SquaredDistance(i, others, j);
                        if (distance < squared[i]) (squared[i], nearest[i]) = (distance, j);
                    }
            }
        });
    }

    /// <summary>The same from nothing.</summary>
    public static (int[] Nearest, float[] Squared) Of(FeatureRows rows, FeatureRows others, int threads, CancellationToken cancel)
    {
        var (nearest, squared) = (new int[rows.Count], new float[rows.Count]);
        Array.Fill(squared, float.PositiveInfinity);
        Find(rows, others, nearest, squared, threads, cancel);
        return (nearest, squared);
    }
}
