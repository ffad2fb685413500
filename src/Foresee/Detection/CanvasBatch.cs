using Foresee.Images;
using Foresee.Torch;

namespace Foresee.Detection;

/// <summary>Canvases as one tensor.</summary>
internal static class CanvasBatch
{
    /// <returns>[B, C, height, width] Float32, normalised</returns>
    public static Tensor Read(IReadOnlyList<Canvas> canvases, InputFormat input, Device device)
    {
        using var scope = TensorScope.Begin();
        var pixels = Tensor.Empty([canvases.Count, input.Channels, input.Height, input.Width], DType.UInt8);
        var memory = pixels.Data<byte>();
        var bytes = input.Channels * input.Height * input.Width;
        for (var i = 0; i < canvases.Count; i++) canvases[i].Read(memory.Slice(i * bytes, bytes));
        Tensor PerChannel(IReadOnlyList<double> values, double otherwise) => Tensor.From([.. Enumerable.Range(0, input.Channels)
            .Select(c => (float)(values.Count > 0 ? values[c] : otherwise))], 1, input.Channels, 1, 1).To(device);
        return scope.Keep((pixels.To(device).To(DType.Float32) / 255 - PerChannel(input.Mean, 0)) / PerChannel(input.Std, 1));
    }
}
