using Foresee.Encoders;
using Foresee.Torch;

namespace Foresee.Export;

/// <summary><see cref="KMeansEncoder"/>, with its letters.</summary>
internal static class KMeansGraph
{
    /// <param name="pixels">[N, C, H, W] of 0 to 1.</param>
    /// <returns>[N, K, h, w]</returns>
    public static OnnxValue Grid(OnnxGraph graph, OnnxValue pixels, Weights w, KMeansEncoderOptions options) =>
        graph.ForEach(pixels, (body, image) => Code(body, image, w, options));

    private static OnnxValue Code(OnnxGraph graph, OnnxValue image, Weights w, KMeansEncoderOptions options)
    {
        using var scope = TensorScope.Begin();
        var (channels, side) = (image.Size(0), options.Patch);
        var size = channels * side * side;
        // x - mean x of every patch is a convolution with I - 1/S
        var centring = (Tensor.Invoke("aten::eye", "", size) - 1.0 / size).Reshape(size, channels, side, side);
        var map = graph.Conv(graph.Reshape(image, [1, .. image.Shape]), centring, bias: null, options.Stride);   // [1, S, h, w]
        var (rows, columns) = ((int)map.Size(2), (int)map.Size(3));
        var centred = graph.Transpose(graph.Reshape(map, size, rows * columns), 1, 0);                           // [h·w, S]
        var variance = graph.Mean(graph.Multiply(centred, centred), 1);
        var normal = graph.Divide(centred, graph.Sqrt(graph.Add(variance, options.Contrast)));                   // n(x)
        var whitened = graph.MatMul(graph.Subtract(normal, w.Tensor("mean")), w.Tensor("white"));                // y
        var norms = graph.Multiply(graph.Mean(graph.Multiply(whitened, whitened), 1), size);                     // ‖y‖²
        var products = graph.Multiply(graph.MatMul(normal, w.Tensor("weights")), -2);
        var squares = graph.Add(graph.Add(products, w.Tensor("offsets")), norms);                                // ‖y - c_k‖²
        var z = graph.Sqrt(graph.AtLeast(squares, 0));
        var code = graph.Relu(graph.Subtract(graph.Mean(z, 1), z));                                              // f, [h·w, K]
        var features = graph.Reshape(graph.Transpose(code, 1, 0), 1, options.Centroids, rows, columns);
        Part[] Cells(int places)
        {
            var cells = Math.Min(KMeansEncoder.MostCells, places);
            return [.. Enumerable.Range(0, cells).Select(cell => TriangleCode.Cell(places, cells, cell))
                .Select(cell => new Part(cell.From, cell.To))];
        }
        var pooled = graph.Means(features, Cells(rows), Cells(columns));
        return graph.Reshape(pooled, [.. pooled.Shape[1..]]);
    }
}
