using Foresee.Encoders.Spectral;
using Foresee.Torch;

namespace Foresee.Export;

/// <summary><see cref="SpectralEncoder"/>, with its letters.</summary>
internal static class SpectralGraph
{
    /// <param name="pixels">[N, C, H, W] of 0 to 1.</param>
    /// <returns>[N, D, h, w]</returns>
    public static OnnxValue Grid(OnnxGraph graph, OnnxValue pixels, Weights w, SpectralEncoderOptions options) =>
        graph.ForEach(pixels, (body, image) => Cells(body, body.Reshape(image, [1, .. image.Shape]), w, options));

    private static OnnxValue Cells(OnnxGraph graph, OnnxValue image, Weights w, SpectralEncoderOptions options)
    {
        var beta = Embedding(graph, image, w, options);                                    // [1, D, places, places]
        var pools = graph.AveragePool(beta, Math.Min(options.Pool, beta.Size(2)), Math.Min(options.Pool, beta.Size(3)),
            options.PoolStride);
        var (high, wide) = (Math.Min(options.Grid, pools.Size(2)), Math.Min(options.Grid, pools.Size(3)));
        var cells = graph.Unit(graph.Cells(pools, high, wide), axis: 1);                   // [1, D, 3, 3]
        if (options.Colour > 0)
        {
            var means = graph.Cells(image, high, wide);                                    // [1, C, 3, 3]
            var squares = graph.Cells(graph.Multiply(image, image), high, wide);
            var deviations = graph.Sqrt(graph.AtLeast(graph.Subtract(squares, graph.Multiply(means, means)), 0));
            cells = graph.Concat(1, cells, graph.Multiply(means, options.Colour), graph.Multiply(deviations, 2 * options.Colour));
        }
        return graph.Reshape(cells, cells.Shape[1..]);
    }

    /// <summary>β of every place.</summary>
    private static OnnxValue Embedding(OnnxGraph graph, OnnxValue image, Weights w, SpectralEncoderOptions options)
    {
        using var scope = TensorScope.Begin();
        var (channels, side, evens) = (image.Size(1), options.Patch, w.Tensor("even_atoms").Size(0));
        var size = channels * side * side;
        // the even and odd parts of a patch are linear in its pixels: those of each pixel alone are the filters
        var parts = MirrorPatches.Parts(Tensor.Invoke("aten::eye", "", size).Reshape(size, channels, side, side)).T();
        var map = graph.Conv(image, parts.Reshape(size, channels, side, side), bias: null, options.Stride);      // [1, S, h, w]
        var (rows, columns) = (map.Size(2), map.Size(3));
        var patches = graph.Transpose(graph.Reshape(map, size, rows * columns), 1, 0);                           // [h·w, S]
        var unit = graph.Unit(graph.MatMul(graph.Subtract(patches, w.Tensor("mean")), w.Tensor("white")), axis: 1);
        var flat = graph.Less(graph.Mean(graph.Multiply(patches, patches), 1), MirrorPatches.Flat * MirrorPatches.Flat);
        unit = graph.Where(flat, graph.Constant(0), unit);
        var even = graph.MatMul(graph.Narrow(unit, 1, 0, evens), w.Tensor("even_atoms"));                        // [h·w, h]
        var odd = graph.MatMul(graph.Narrow(unit, 1, evens, size - evens), w.Tensor("odd_atoms"));
        OnnxValue Active(OnnxValue cosines) =>
            graph.MatMul(graph.ToFloat(graph.Greater(cosines, options.Threshold)), w.Tensor("table"));           // [h·w, D]
        var mirrored = graph.Multiply(Active(graph.Subtract(even, odd)), w.Tensor("signs"));
        var beta = graph.Unit(graph.Add(Active(graph.Add(even, odd)), mirrored), axis: 1);                       // P a / ‖P a‖
        return graph.Reshape(graph.Transpose(beta, 1, 0), 1, options.Vectors, rows, columns);
    }
}
