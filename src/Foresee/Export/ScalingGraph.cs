using Foresee.Evaluation;
using Foresee.Torch;

namespace Foresee.Export;

/// <summary><see cref="FeatureScaling"/>, alone or in one with a linear layer behind it.</summary>
internal static class ScalingGraph
{
    /// <param name="x">[N, K]</param>
    /// <returns>[N, K'], scaled.</returns>
    public static OnnxValue Scaled(this OnnxGraph graph, OnnxValue x, Weights scaling)
    {
        using var scope = TensorScope.Begin();
        var centred = graph.Centred(x, scaling);
        return scaling.Has("projection") ? graph.MatMul(centred, Matrix(scaling)) : graph.Divide(centred, scaling.Tensor("divisor"));
    }

    /// <summary>scaled(x) W + b, in one product.</summary>
    /// <param name="weight">[K', classes]</param>
    /// <param name="bias">[classes]</param>
    public static OnnxValue ScaledLinear(this OnnxGraph graph, OnnxValue x, Weights scaling, Tensor weight, Tensor bias)
    {
        using var scope = TensorScope.Begin();
        var exact = weight.Detach().To(DType.Float64);
        var whole = scaling.Has("projection") ? Matrix(scaling).MatMul(exact) : exact / Divisor(scaling);
        return graph.Linear(graph.Centred(x, scaling), whole, bias);
    }

    /// <summary>[K, K']: divided and projected.</summary>
    private static Tensor Matrix(Weights scaling) => scaling.Tensor("projection").To(DType.Float64) / Divisor(scaling);

    private static Tensor Divisor(Weights scaling) => scaling.Tensor("divisor").To(DType.Float64).View(-1, 1);

    /// <summary>Minus the mean: apart from the product, so that what is large in both is gone before it.</summary>
    private static OnnxValue Centred(this OnnxGraph graph, OnnxValue x, Weights scaling)
    {
        if (scaling.Has(FeatureScaling.Roots)) x = graph.Unit(graph.Multiply(graph.Sign(x), graph.Sqrt(graph.Abs(x))), axis: 1);
        return graph.Subtract(x, scaling.Tensor("mean"));
    }
}
