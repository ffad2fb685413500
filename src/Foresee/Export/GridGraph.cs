using Foresee.Evaluation;

namespace Foresee.Export;

/// <summary>A grid of vectors to one vector.</summary>
internal static class GridGraph
{
    /// <summary>As <see cref="FeatureTable.Pool"/>.</summary>
    /// <param name="grid">[N, D, h, w]</param>
    /// <returns>[N, K], position by position with its D numbers.</returns>
    public static OnnxValue Pooled(this OnnxGraph graph, OnnxValue grid, GridPooling pooling)
    {
        var side = (long)pooling;
        return pooling == GridPooling.Whole ? graph.Pooled(grid, grid.Size(2), grid.Size(3)) : graph.Pooled(grid, side, side);
    }

    /// <returns>[N, down · across · D]</returns>
    public static OnnxValue Pooled(this OnnxGraph graph, OnnxValue grid, long down, long across)
    {
        var features = grid.Size(1);
        return (down, across) == (1, 1) ? graph.Reshape(graph.GlobalAveragePool(grid), -1, features)
            : graph.Reshape(graph.Transpose(graph.Cells(grid, down, across), 0, 2, 3, 1), -1, down * across * features);
    }

    /// <summary>Means over parts of a map, as libtorch's adaptive_avg_pool2d has them.</summary>
    /// <param name="map">[N, D, h, w]</param>
    /// <returns>[N, D, down, across]</returns>
    public static OnnxValue Cells(this OnnxGraph graph, OnnxValue map, long down, long across)
    {
        var (height, width) = (map.Size(2), map.Size(3));
        return (down, across) == (height, width) ? map
            : graph.Means(map, [.. Part.Adaptive(height, down)], [.. Part.Adaptive(width, across)]);
    }

    /// <summary>Means over any parts of a map, as one product.</summary>
    /// <returns>[N, D, rows, columns]</returns>
    public static OnnxValue Means(this OnnxGraph graph, OnnxValue map, Part[] rows, Part[] columns)
    {
        var (height, width) = (map.Size(2), map.Size(3));
        var (cells, shares) = (rows.Length * columns.Length, new float[height * width * rows.Length * columns.Length]);
        for (var r = 0; r < rows.Length; r++)
            for (var c = 0; c < columns.Length; c++)
                for (var y = rows[r].From; y < rows[r].To; y++)
                    for (var x = columns[c].From; x < columns[c].To; x++)
                        shares[(y * width + x) * cells + r * columns.Length + c] = 1f / (rows[r].Length * columns[c].Length);
        var flat = graph.Reshape(map, -1, map.Size(1), height * width);
        var weights = graph.Constant<float>(OnnxGraph.Float, shares, height * width, cells);
        return graph.Reshape(graph.MatMul(flat, weights), -1, map.Size(1), rows.Length, columns.Length);
    }

    /// <summary>The largest of parts of a map, as libtorch's adaptive_max_pool2d has them: rows first, then columns.</summary>
    /// <param name="map">[N, D, h, w]</param>
    /// <returns>[N, D, side, side]</returns>
    public static OnnxValue Maxima(this OnnxGraph graph, OnnxValue map, long side)
    {
        foreach (var axis in new[] { 2, 3 })
            map = graph.Concat(axis, [.. Part.Adaptive(map.Size(axis), side)
                .Select(part => graph.Max(graph.Narrow(map, axis, part.From, part.Length), axis))]);
        return map;
    }
}

/// <summary>Places of a side, the last left out.</summary>
internal readonly record struct Part(int From, int To)
{
    public int Length => To - From;

    /// <summary>From ⌊i size / parts⌋ to ⌈(i + 1) size / parts⌉: they overlap where the parts don't divide the side.</summary>
    public static IEnumerable<Part> Adaptive(long size, long parts) => Enumerable.Range(0, (int)parts)
        .Select(i => new Part((int)(i * size / parts), (int)(((i + 1) * size + parts - 1) / parts)));
}
