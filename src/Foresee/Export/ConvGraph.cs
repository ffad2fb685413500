using Foresee.Encoders;

namespace Foresee.Export;

/// <summary><see cref="ConvEncoder"/></summary>
internal static class ConvGraph
{
    /// <param name="x">[N, C, H, W], normalised.</param>
    /// <returns>[N, D_s, h_s, w_s] of each stage.</returns>
    public static IReadOnlyList<OnnxValue> Stages(OnnxGraph graph, OnnxValue x, Weights w, ConvEncoderOptions options)
    {
        var plain = options.Order == ResidualOrder.Plain;
        var (stride, padding) = options.Stem switch { ConvStem.Large => (2, 3), ConvStem.Medium => (2, 1), _ => (1, 1) };
        x = plain ? graph.Relu(graph.ConvBatchNorm(x, w["conv1"], w["bn1"], stride, padding))
            : graph.Conv(x, w["conv1"], stride, padding);                                  // [N, width, h, w]
        if (options.Stem == ConvStem.Large) x = graph.MaxPool(x, 3, 2, padding: 1);
        var norms = new NormOptions(Norm.Batch);
        var maps = new List<OnnxValue>();
        for (var stage = 0; stage < options.Blocks.Count; stage++)
        {
            for (var b = 0; b < options.Blocks[stage]; b++)
            {
                var (block, step) = (w[$"layer{stage + 1}"][$"{b}"], stage > 0 && b == 0 ? 2 : 1);
                x = plain ? graph.PlainBlock(x, block, step, options.Bottlenecks)
                    : graph.PreActivationBlock(x, block, new(1, 1, step) { Kind = BlockKind.Basic }, norms);
            }
            maps.Add(x);                                                                   // [N, D_s, h_s, w_s]
        }
        if (!plain) maps[^1] = graph.Relu(graph.Norm(x, w["norm"], norms));
        return maps;
    }
}
