using Foresee.Encoders;
using Foresee.Torch;

namespace Foresee.Export;

/// <summary><see cref="LabEncoder"/></summary>
internal static class LabGraph
{
    private const double Cube = 6.0 / 29 * (6.0 / 29) * (6.0 / 29); // δ³

    /// <param name="rgb">[N, 3, H, W] of 0 to 1.</param>
    /// <returns>[N, D_s, h_s, w_s] of each stage.</returns>
    public static IReadOnlyList<OnnxValue> Stages(OnnxGraph graph, OnnxValue rgb, Weights w, LabEncoderOptions options)
    {
        var roots = Roots(graph, rgb);
        // (116 f_Y - 16 - 50) / 50
        var lightness = graph.Conv(roots, Kernel([[0, 116 / LabEncoder.LightnessScale, 0]]),
            Tensor.From([(-16 - LabEncoder.MiddleLightness) / LabEncoder.LightnessScale]));
        var maps = ConvGraph.Stages(graph, lightness, w["lightness"], options.Lightness);
        if (options.Colour is null) return maps;
        double[][] differences = [[500, -500, 0], [0, 200, -200]];                         // a and b
        var colour = graph.Conv(roots, Kernel(differences) / LabEncoder.ColourScale, bias: null);
        return [.. maps.Zip(ConvGraph.Stages(graph, colour, w["colour"], options.Colour), (a, b) => graph.Concat(1, a, b))];
    }

    /// <summary>f of X, Y and Z over those of white, see <see cref="Lab.Of"/>.</summary>
    private static OnnxValue Roots(OnnxGraph graph, OnnxValue rgb)
    {
        var bright = graph.Power(graph.Divide(graph.Add(rgb, 0.055), 1.055), 2.4);
        var linear = graph.Where(graph.Greater(rgb, 0.04045), bright, graph.Divide(rgb, 12.92));
        var overWhite = Lab.ToXyz.Zip(Lab.White, (row, white) => row.Select(share => share / white).ToArray());
        var xyz = graph.Conv(linear, Kernel([.. overWhite]), bias: null);
        var root = graph.Power(graph.AtLeast(xyz, Cube), 1.0 / 3);
        return graph.Where(graph.Greater(xyz, Cube), root, graph.Add(graph.Multiply(xyz, 841.0 / 108), 4.0 / 29));
    }

    /// <summary>[outputs, 3, 1, 1]</summary>
    private static Tensor Kernel(double[][] rows) => Tensor.From(rows.SelectMany(row => row).ToArray(), rows.Length, 3, 1, 1);
}
