using Foresee.Encoders;
using Foresee.Encoders.Imported;
using Foresee.Encoders.Spectral;
using Foresee.Torch;

namespace Foresee.Export;

/// <summary>Pixels to a grid of vectors, for each kind of encoder.</summary>
internal static class EncoderGraph
{
    /// <param name="pixels">f32 [N, C, ReadHeight, ReadWidth], 0 to 255.</param>
    /// <returns>[N, D, h, w]</returns>
    /// <exception cref="NotSupportedException">A kind of encoder that is not Foresee's.</exception>
    public static OnnxValue Grid(OnnxGraph graph, OnnxValue pixels, Encoder encoder)
    {
        var (input, w) = (encoder.Input, Weights.Of(encoder));
        var middle = graph.Centre(pixels, input.Height, input.Width);
        OnnxValue Normalised() => graph.Normalised(middle, input.Mean, input.Std);
        OnnxValue Shares() => graph.Divide(middle, 255); // of white, for encoders that undo mean and std
        return encoder.Options switch
        {
            ConvEncoderOptions options => ConvGraph.Stages(graph, Normalised(), w, options)[^1],
            PatchGridOptions options => PatchGridGraph.Grid(graph, Normalised(), w, options),
            LabEncoderOptions options => LabGraph.Stages(graph, Shares(), w, options)[^1],
            StageOptions { Whole: ConvEncoderOptions whole } options =>
                ConvGraph.Stages(graph, Normalised(), w["whole"], whole)[options.Stage - 1],
            StageOptions { Whole: LabEncoderOptions whole } options =>
                LabGraph.Stages(graph, Shares(), w["whole"], whole)[options.Stage - 1],
            StagesOptions { Whole: ConvEncoderOptions whole } options =>
                StagesGraph.Grid(graph, ConvGraph.Stages(graph, Normalised(), w["whole"], whole), options),
            StagesOptions { Whole: LabEncoderOptions whole } options =>
                StagesGraph.Grid(graph, LabGraph.Stages(graph, Shares(), w["whole"], whole), options),
            KMeansEncoderOptions options => KMeansGraph.Grid(graph, Shares(), w, options),
            SpectralEncoderOptions options => SpectralGraph.Grid(graph, Shares(), w, options),
            SymmetricOptions options => SymmetricGraph.Grid(graph, middle, (SymmetricEncoder)encoder, options.UpsideDown),
            JointEncoderOptions => JointGraph.Grid(graph, pixels, (JointEncoder)encoder),
            OnnxEncoderOptions => ImportedGraph.Grid(graph, Normalised(), (OnnxEncoder)encoder),
            _ => throw new NotSupportedException($"An encoder of kind {encoder.Options.GetType().Name} can't be written as ONNX; export "
                + "knows the encoders that come with Foresee."),
        };
    }

    /// <summary>As <see cref="Patches.PatchGrid.Centre"/>.</summary>
    private static OnnxValue Centre(this OnnxGraph graph, OnnxValue x, int height, int width)
    {
        var (down, across) = (x.Size(2) - height, x.Size(3) - width);
        return graph.Narrow(graph.Narrow(x, 2, down / 2, height), 3, across / 2, width);
    }

    /// <summary>(x / 255 - mean) / std</summary>
    public static OnnxValue Normalised(this OnnxGraph graph, OnnxValue pixels, IReadOnlyList<double> mean, IReadOnlyList<double> std)
    {
        if (mean.Count == 0) return graph.Divide(pixels, 255);
        using var scope = TensorScope.Begin();
        Tensor PerChannel(IEnumerable<double> values) => Tensor.From([.. values], 1, mean.Count, 1, 1);
        return graph.Add(graph.Multiply(pixels, PerChannel(std.Select(s => 1 / (255 * s)))), PerChannel(mean.Zip(std, (m, s) => -m / s)));
    }
}
