using Foresee.Encoders;
using Foresee.Evaluation;
using Foresee.Evaluation.Protocols;
using Foresee.Torch;
using Foresee.Torch.Layers;

namespace Foresee.Export;

/// <summary>What a classifier's graph ends in.</summary>
/// <param name="Features">[N, K], what its head gets.</param>
/// <param name="Scores">[N, classes]</param>
/// <param name="AreProbabilities">Else logits.</param>
internal sealed record GraphEnd(OnnxValue Features, OnnxValue Scores, bool AreProbabilities = false);

/// <summary>A pooled vector or a grid to scores of classes, for each kind of head.</summary>
internal static class HeadGraph
{
    /// <param name="features">[N, K], pooled.</param>
    /// <exception cref="NotSupportedException">A kind of head that is not Foresee's.</exception>
    public static GraphEnd OnFeatures(OnnxGraph graph, OnnxValue features, Weights scaling, Module head)
    {
        var w = Weights.Of(head);
        return head switch
        {
            LinearProbe => new(features, Probe(graph, features, scaling, w)),
            ClassMeans means => new(features, Means(graph, graph.Scaled(features, scaling), w, means.Temperature)),
            NeighbourVote vote => new(features, NearestGraph.Vote(graph, graph.Scaled(features, scaling), w, vote), AreProbabilities: true),
            SpreadPrediction spread => new(features, NearestGraph.Spread(graph, graph.Scaled(features, scaling), w, spread,
                graph.Softmax(Probe(graph, features, scaling, w["probe"]))), AreProbabilities: true),
            _ => throw Unknown(head),
        };
    }

    /// <param name="grid">[N, D, h, w]</param>
    /// <exception cref="NotSupportedException">A kind of head that is not Foresee's.</exception>
    public static GraphEnd OnGrid(OnnxGraph graph, OnnxValue grid, Module head)
    {
        var w = Weights.Of(head);
        switch (head)
        {
            case ProbeHead probe:
                var pooled = graph.Pooled(grid, probe.Pooling);
                return new(pooled, graph.ScaledLinear(pooled, w["scaling"], w.Tensor("weight"), w.Tensor("bias")));
            case ScaleFreeHead:
                return ScaleFree(graph, graph.Pooled(grid, GridPooling.One), w);
            case ResidualHead:
                return Residual(graph, grid, w);
            default: throw Unknown(head);
        }
    }

    private static NotSupportedException Unknown(Module head) => new($"A head of kind {head.GetType().Name} can't be written as ONNX; "
        + "export knows the heads of the protocols that come with Foresee.");

    /// <param name="w">weights [K' + 1, classes], the last row the bias.</param>
    private static OnnxValue Probe(OnnxGraph graph, OnnxValue features, Weights scaling, Weights w)
    {
        using var scope = TensorScope.Begin();
        var (weights, last) = (w.Tensor("weights"), w.Tensor("weights").Size(0) - 1);
        return graph.ScaledLinear(features, scaling, weights.Narrow(0, 0, last), weights.Select(0, last));
    }

    /// <summary>cos(x, μ_c) / T; a class without labels has a mean of zeros and never the highest score.</summary>
    private static OnnxValue Means(OnnxGraph graph, OnnxValue x, Weights w, double temperature)
    {
        using var scope = TensorScope.Begin();
        var means = w.Tensor("means");
        var empty = means.Abs().Sum(1).Equal(0).To(DType.Float32);                         // [classes]
        return graph.Linear(graph.Unit(x, axis: 1), NearestRows.Unit(means).T() / temperature, empty * (-2 / temperature));
    }

    /// <summary>W (x - μ) / √(σ² + ε) + b of the mean over the grid.</summary>
    private static GraphEnd ScaleFree(OnnxGraph graph, OnnxValue features, Weights w)
    {
        using var scope = TensorScope.Begin();
        var deviation = (w["norm"].Tensor("running_var").To(DType.Float64) + ScaleFreeHead.Epsilon).Sqrt();      // [D]
        var weight = w.Tensor("weight").Detach().To(DType.Float64) / deviation;                                  // [classes, D]
        var centred = graph.Subtract(features, w["norm"].Tensor("running_mean"));
        return new(features, graph.Linear(centred, weight.T(), w.Tensor("bias")));
    }

    private static GraphEnd Residual(OnnxGraph graph, OnnxValue grid, Weights w)
    {
        using var scope = TensorScope.Begin();
        var blocks = Enumerable.Range(0, int.MaxValue).TakeWhile(b => w["blocks"].HasPart($"{b}"))
            .Select(b => (w["blocks"][$"{b}"], new BlockOptions(1, 1)));
        var pooled = graph.Pooled(graph.LayerNormBlocks(grid, blocks, w["norm"]), GridPooling.One);
        return new(pooled, graph.Linear(pooled, w["linear"].Tensor("weight").Detach().T(), w["linear"].Tensor("bias")));
    }
}
