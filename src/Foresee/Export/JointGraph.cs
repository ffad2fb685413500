using Foresee.Encoders;
using Foresee.Torch;

namespace Foresee.Export;

/// <summary><see cref="JointEncoder"/></summary>
internal static class JointGraph
{
    /// <param name="pixels">f32 [N, C, H, W], 0 to 255.</param>
    /// <returns>[N, D, 1, 1]</returns>
    public static OnnxValue Grid(OnnxGraph graph, OnnxValue pixels, JointEncoder encoder)
    {
        var rows = graph.Concat(1, [.. encoder.Parts.Select(part => Rows(graph, pixels, part))]);
        return graph.Reshape(rows, -1, rows.Size(1), 1, 1);
    }

    /// <returns>[N, cells · cells · D], the sum of sizes in each row 1</returns>
    private static OnnxValue Rows(OnnxGraph graph, OnnxValue x, JointEncoder.Part part)
    {
        if (part.Encoder.Input.Channels == 1 && x.Size(1) == JointEncoder.Luminance.Length)
            x = graph.Conv(x, Tensor.From(JointEncoder.Luminance, 1, JointEncoder.Luminance.Length, 1, 1), bias: null);
        if (part.Down is { } down) x = graph.MatMul(graph.Constant(down), x);
        if (part.Across is { } across) x = graph.MatMul(x, across);
        x = graph.AtMost(graph.AtLeast(x, 0), 255);
        return graph.Unit(graph.Pooled(EncoderGraph.Grid(graph, x, part.Encoder), part.Cells, part.Cells), axis: 1, norm: 1);
    }
}
