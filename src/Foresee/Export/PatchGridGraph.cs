using Foresee.Encoders;
using Foresee.Patches;
using Foresee.Torch;

namespace Foresee.Export;

/// <summary><see cref="PatchGridEncoder"/></summary>
internal static class PatchGridGraph
{
    /// <param name="x">[N, C, H, W], normalised.</param>
    /// <returns>[N, D, h, w]</returns>
    public static OnnxValue Grid(OnnxGraph graph, OnnxValue x, Weights w, PatchGridOptions options)
    {
        if (options.WholeImages) return Map(graph, x, w, options.Network);
        var geometry = new GridGeometry((int)x.Size(2), (int)x.Size(3), options.Patch, options.Stride);
        var vectors = graph.GlobalAveragePool(Map(graph, Patches(graph, x, geometry), w, options.Network));      // [N·h·w, D, 1, 1]
        return graph.Transpose(graph.Reshape(vectors, -1, geometry.Rows, geometry.Columns, vectors.Size(1)), 0, 3, 1, 2);
    }

    /// <summary>ONNX has no unfold: the rows of all patches, then the columns, one patch after the other.</summary>
    /// <returns>[N·h·w, C, p, p], in the order image, row, column.</returns>
    private static OnnxValue Patches(OnnxGraph graph, OnnxValue x, GridGeometry geometry)
    {
        var (rows, columns, side) = (geometry.Rows, geometry.Columns, geometry.Patch);
        long[] Places(int count) => [.. Enumerable.Range(0, count * side).Select(i => (long)(i / side * geometry.Stride + i % side))];
        var all = graph.Gather(graph.Gather(x, 2, Places(rows)), 3, Places(columns));      // [N, C, h·p, w·p]
        var cut = graph.Reshape(all, -1, x.Size(1), rows, side, columns, side);
        return graph.Reshape(graph.Transpose(cut, 0, 2, 4, 1, 3, 5), -1, x.Size(1), side, side);
    }

    /// <summary><see cref="PatchEncoder.Map"/></summary>
    private static OnnxValue Map(OnnxGraph graph, OnnxValue x, Weights w, PatchEncoderOptions options)
    {
        using var scope = TensorScope.Begin();
        var (stem, norms) = (w["stem"].Tensor("weight").Detach(), new NormOptions(options.Norm, options.Groups));
        if (w.Optional(PatchEncoder.WhiteningName) is { } whitening)                      // V P, as in use
            stem = stem.To(DType.Float64).Flatten(1).MatMul(whitening.To(DType.Float64)).Reshape([.. stem.Shape]);
        x = graph.Conv(x, stem, w["stem"].Optional("bias"), options.StemStride, options.StemPadding);
        if (options.StemPool > 1) x = graph.MaxPool(x, 3, options.StemPool, padding: 1);
        var blocks = options.Blocks.Select((block, b) => (Weights: w[$"blocks.{b}"], Options: block));
        if (options.Norm == Norm.Layer) return graph.LayerNormBlocks(x, blocks, w["norm"]); // [.., D, h, w]
        foreach (var block in blocks) x = graph.PreActivationBlock(x, block.Weights, block.Options, norms);
        return graph.Relu(graph.Norm(x, w["norm"], norms));
    }
}
