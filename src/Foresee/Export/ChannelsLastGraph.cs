using Foresee.Encoders;
using Foresee.Torch;

namespace Foresee.Export;

/// <summary>
/// Pre-activation blocks under layer norm, which ONNX has over the last dimension only: maps lie as [N, h, w, C], and convolutions of one
/// pixel are matrix products.
/// </summary>
internal static class ChannelsLastGraph
{
    private const double Epsilon = 1e-5;

    /// <summary>Blocks, then norm and ReLU.</summary>
    /// <param name="x">[N, C, h, w]</param>
    /// <returns>[N, D, h', w']</returns>
    public static OnnxValue LayerNormBlocks(this OnnxGraph graph, OnnxValue x, IEnumerable<(Weights Weights, BlockOptions Options)> blocks,
        Weights norm)
    {
        x = graph.Transpose(x, 0, 2, 3, 1);
        foreach (var (weights, options) in blocks) x = Block(graph, x, weights, options);
        return graph.Transpose(graph.Rectified(x, norm), 0, 3, 1, 2);
    }

    private static OnnxValue Block(OnnxGraph graph, OnnxValue x, Weights w, BlockOptions block)
    {
        var h = graph.Rectified(x, w["norm1"]);
        var y = h;
        if (block.Kind == BlockKind.Basic)
        {
            y = graph.Rectified(graph.Spatial(y, w["conv1"], block.Stride), w["norm2"]);
            y = graph.Spatial(y, w["conv2"], 1);
        }
        else
        {
            y = graph.Pointwise(y, w["conv1"]);
            if (block.Kernel > 0) y = graph.Spatial(graph.Rectified(y, w["norm2"]), w["conv2"], block.Stride);
            y = graph.Pointwise(graph.Rectified(y, w["norm3"]), w["conv3"]);
        }
        return graph.Add(y, w.HasPart("shortcut") ? graph.Pointwise(graph.Every(h, block.Stride), w["shortcut"]) : x);
    }

    /// <summary>relu(norm(x))</summary>
    private static OnnxValue Rectified(this OnnxGraph graph, OnnxValue x, Weights norm) =>
        graph.Relu(graph.LayerNormalization(x, norm.Tensor("weight"), norm.Tensor("bias"), Epsilon));

    private static OnnxValue Pointwise(this OnnxGraph graph, OnnxValue x, Weights convolution)
    {
        using var scope = TensorScope.Begin();
        return graph.MatMul(x, convolution.Tensor("weight").Detach().Flatten(1).T());
    }

    /// <summary>A convolution that keeps the size, but for its stride.</summary>
    private static OnnxValue Spatial(this OnnxGraph graph, OnnxValue x, Weights convolution, long stride) => graph.Transpose(
        graph.Conv(graph.Transpose(x, 0, 3, 1, 2), convolution, stride, convolution.Tensor("weight").Size(2) / 2), 0, 2, 3, 1);

    /// <summary>The places that a stride leaves.</summary>
    private static OnnxValue Every(this OnnxGraph graph, OnnxValue x, int stride)
    {
        long[] Places(long size) => [.. Enumerable.Range(0, (int)((size - 1) / stride + 1)).Select(i => (long)i * stride)];
        return stride == 1 ? x : graph.Gather(graph.Gather(x, 1, Places(x.Size(1))), 2, Places(x.Size(2)));
    }
}
