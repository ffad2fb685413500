using Foresee.Evaluation;
using Foresee.Torch;

namespace Foresee.Export;

/// <summary><see cref="SupervisedBaseline"/></summary>
internal static class SupervisedGraph
{
    /// <param name="pixels">f32 [N, C, H, W], 0 to 255.</param>
    public static GraphEnd End(OnnxGraph graph, OnnxValue pixels, SupervisedBaseline baseline)
    {
        var (network, w) = (baseline.Network, Weights.Of(baseline.Network));
        var channels = (int)pixels.Size(1);
        double[] PerChannel(double value) => [.. Enumerable.Repeat(value, channels)];
        var x = graph.Normalised(pixels, PerChannel(baseline.Mean), PerChannel(baseline.Deviation));
        for (var layer = 0; layer < network.Pools.Count; layer++)
        {
            var own = w["stages"][$"{layer}"];
            x = graph.Relu(graph.ConvBatchNorm(x, own["convolution"], own["norm"], 1, 1));
            if (network.Pools[layer] is > 1 and var pool) x = graph.MaxPool(x, pool, pool);
        }
        using var scope = TensorScope.Begin();
        var maxima = graph.Maxima(x, SupervisedNetwork.Grid);                              // [N, D, 3, 3]
        var features = graph.Reshape(maxima, -1, maxima.Shape[1..].Aggregate((a, b) => a * b));
        return new(features, graph.Linear(features, w["head"].Tensor("weight").Detach().T(), w["head"].Tensor("bias")));
    }
}
