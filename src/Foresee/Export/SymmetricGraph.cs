using Foresee.Encoders;

namespace Foresee.Export;

/// <summary><see cref="SymmetricEncoder"/>: all that it sees of the images is one batch, so that weights stand there once.</summary>
internal static class SymmetricGraph
{
    /// <param name="pixels">f32 [N, C, Height, Width], 0 to 255.</param>
    /// <returns>[N, D, h, w]</returns>
    public static OnnxValue Grid(OnnxGraph graph, OnnxValue pixels, SymmetricEncoder encoder, bool upsideDown)
    {
        var flips = SymmetricEncoder.Flips(upsideDown);
        var seen = graph.Concat(0, [.. flips.Select(flip => flip.Aggregate(pixels, Turned))]) with { Shape = pixels.Shape };
        var grid = EncoderGraph.Grid(graph, seen, encoder.Whole);
        var mean = graph.Mean(graph.Reshape(grid, [flips.Count, -1, .. grid.Shape[1..]]), 0);
        return graph.Reshape(mean, [-1, .. grid.Shape[1..]]);

        OnnxValue Turned(OnnxValue x, int axis) =>
            graph.Gather(x, axis, [.. Enumerable.Range(0, (int)x.Size(axis)).Reverse().Select(place => (long)place)]);
    }
}
