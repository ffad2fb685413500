namespace Foresee.Torch.Interop;

/// <summary>The operators that Tensor and Layers call, each found once at first use.</summary>
internal static class Ops
{
    private static readonly System.Collections.Concurrent.ConcurrentDictionary<(string Name, string Overload), Operator> Found = new();

    /// <summary>An operator of the aten namespace.</summary>
    internal static Operator Get(string name, string overload = "") =>
        Found.GetOrAdd((name, overload), key => Operator.Find("aten::" + key.Name, key.Overload));

    /// <summary>An operator of any namespace.</summary>
    internal static Operator Find(string name, string overload) =>
        Found.GetOrAdd((name, overload), key => Operator.Find(key.Name, key.Overload));

    internal static readonly Operator Item = Get("item");
    internal static readonly Operator AddTensor = Get("add", "Tensor");
    internal static readonly Operator AddScalar = Get("add", "Scalar");
    internal static readonly Operator SubTensor = Get("sub", "Tensor");
    internal static readonly Operator SubScalar = Get("sub", "Scalar");
    internal static readonly Operator MulTensor = Get("mul", "Tensor");
    internal static readonly Operator MulScalar = Get("mul", "Scalar");
    internal static readonly Operator DivTensor = Get("div", "Tensor");
    internal static readonly Operator DivScalar = Get("div", "Scalar");
    internal static readonly Operator Relu = Get("relu");
    internal static readonly Operator MatMul = Get("matmul");
    internal static readonly Operator To = Get("to", "dtype");
    internal static readonly Operator Conv2d = Get("conv2d");
    internal static readonly Operator LayerNorm = Get("layer_norm");
}
