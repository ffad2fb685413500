using Foresee.Encoders;

namespace Foresee.Export;

/// <summary><see cref="StagesEncoder"/></summary>
internal static class StagesGraph
{
    /// <param name="maps">[N, D_s, h_s, w_s] of each stage.</param>
    /// <returns>[N, ΣD_s, 1, 1]</returns>
    public static OnnxValue Grid(OnnxGraph graph, IReadOnlyList<OnnxValue> maps, StagesOptions options)
    {
        var rows = graph.Concat(1, [.. maps.Skip(options.From - 1).Select(map => graph.Unit(graph.Pooled(map, 1, 1), axis: 1, norm: 1))]);
        return graph.Reshape(rows, -1, rows.Size(1), 1, 1);
    }
}
