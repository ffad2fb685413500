using Foresee.Evaluation;
using Foresee.Torch;

namespace Foresee.Export;

/// <summary>Heads that ask the nearest of the rows they hold.</summary>
internal static class NearestGraph
{
    /// <summary><see cref="NeighbourVote"/></summary>
    /// <returns>[N, classes], rows of sum 1.</returns>
    public static OnnxValue Vote(OnnxGraph graph, OnnxValue x, Weights w, NeighbourVote head)
    {
        using var scope = TensorScope.Begin();
        var (values, places) = Nearest(graph, x, w.Tensor("rows"), head.Count);            // [N, k]
        var relative = graph.Subtract(values, graph.Narrow(values, 1, 0, 1));
        var weights = graph.Exp(graph.Divide(relative, head.Temperature));
        var truth = LogisticRegression.OneHot(Array.ConvertAll(w.Tensor("labels").ToArray<long>(), label => (int)label), head.Classes);
        return graph.Divide(Sum(graph, weights, places, truth), Total(graph, weights));
    }

    /// <summary><see cref="SpreadPrediction"/></summary>
    /// <param name="own">[N, classes], the probe's probabilities.</param>
    /// <returns>[N, classes], rows of sum 1.</returns>
    public static OnnxValue Spread(OnnxGraph graph, OnnxValue x, Weights w, SpreadPrediction head, OnnxValue own)
    {
        var (values, places) = Nearest(graph, x, w.Tensor("rows"), head.Nearest.Count);    // [N, k]
        var weights = graph.Power(graph.AtLeast(values, 0), head.Nearest.Sharpness);
        var near = graph.Divide(Sum(graph, weights, places, w.Tensor("spread")), graph.AtLeast(Total(graph, weights), 1e-12));
        var joint = graph.Multiply(graph.Sqrt(own), near);
        var total = Total(graph, joint);
        return graph.Where(graph.Greater(total, 0), graph.Divide(joint, total), own);
    }

    private static (OnnxValue Values, OnnxValue Places) Nearest(OnnxGraph graph, OnnxValue x, Tensor rows, long count) =>
        graph.TopK(graph.MatMul(graph.Unit(x, axis: 1), rows.T()), count);

    /// <summary>Σ_i weight_i table_i over the nearest, [N, columns].</summary>
    private static OnnxValue Sum(OnnxGraph graph, OnnxValue weights, OnnxValue places, Tensor table)
    {
        var chosen = graph.Rows(graph.Constant(table), places);                            // [N, k, columns]
        var product = graph.MatMul(graph.Reshape(weights, -1, 1, weights.Size(1)), chosen);
        return graph.Reshape(product, -1, table.Size(1));
    }

    /// <summary>[N, 1]</summary>
    private static OnnxValue Total(OnnxGraph graph, OnnxValue x) => graph.Multiply(graph.Mean(x, 1), x.Size(1));
}
