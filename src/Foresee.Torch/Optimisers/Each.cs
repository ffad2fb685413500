using Foresee.Torch.Interop;

namespace Foresee.Torch.Optimisers;

/// <summary>Element-wise operations over lists of tensors, one call for the whole list.</summary>
internal static class Each
{
    public static void Mul_(Tensor[] x, double factor) => Tensor.Run("_foreach_mul_", "Scalar", x, factor);

    public static void Mul_(Tensor[] x, double[] factors) => Tensor.Run("_foreach_mul_", "ScalarList", x, factors);
    public static Tensor[] Mul(Tensor[] x, double[] factors) => List(Ops.Get("_foreach_mul", "ScalarList").CallAll(x, factors));

    /// <summary>x += alpha y</summary>
    public static void Add_(Tensor[] x, Tensor[] y, double alpha = 1) => Tensor.Run("_foreach_add_", "List", x, y, alpha);
    public static void Add_(Tensor[] x, double value) => Tensor.Run("_foreach_add_", "Scalar", x, value);

    /// <summary>x + alpha y</summary>
    public static Tensor[] Add(Tensor[] x, Tensor[] y, double alpha = 1) => List(Ops.Get("_foreach_add", "List").CallAll(x, y, alpha));

    /// <summary>x += value a b</summary>
    public static void AddCMul_(Tensor[] x, Tensor[] a, Tensor[] b, double value) =>
        Tensor.Run("_foreach_addcmul_", "Scalar", x, a, b, value);

    /// <summary>x += value a / b</summary>
    public static void AddCDiv_(Tensor[] x, Tensor[] a, Tensor[] b, double value) =>
        Tensor.Run("_foreach_addcdiv_", "Scalar", x, a, b, value);
    public static Tensor[] Sqrt(Tensor[] x) => List(Ops.Get("_foreach_sqrt").CallAll(x));
    public static Tensor[] Norm(Tensor[] x) => List(Ops.Get("_foreach_norm", "Scalar").CallAll(x, 2.0));

    private static Tensor[] List(object?[] results) => (Tensor[])results[0]!;
}
