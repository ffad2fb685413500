namespace Foresee.Torch.Interop;

/// <summary>
/// The fused batch norm in parts, for a batch of which other processes have the rest: the caller adds up what lies between.
/// </summary>
public static unsafe partial class Kernels
{
    /// <param name="x">[N, C, H, W], channels last</param>
    /// <returns>[2C]: sums of x, then of (x - this map's mean)².</returns>
    internal static double[] BatchNormMoments(Tensor x, Tensor weight, Tensor bias, int pool, bool rectified)
    {
        var moments = new double[2 * x.Size(1)];
        NativeArray input = Of(x, x.DType), w = Of(weight), b = Of(bias);
        var norm = Norm(&input, &w, &b, null, pool, rectified);
        fixed (double* results = moments)
            Check(NativeKernels.foresee_batch_norm_moments(MapPath(x.DType), Engine.Threads, &norm, results));
        foreach (var tensor in new[] { x, weight, bias }) GC.KeepAlive(tensor);
        return moments;
    }

    /// <param name="mean">[C], of the whole batch</param>
    /// <param name="scale">[C], 1 / sqrt(variance + ε)</param>
    internal static Tensor BatchNormApply(Tensor x, Tensor weight, Tensor bias, Tensor? residual, Tensor mean, Tensor scale, int pool,
        bool rectified)
    {
        var y = Pooled(x, pool);
        NativeArray input = Of(x, x.DType), w = Of(weight), b = Of(bias), r = Optional(residual, x), m = Of(mean), s = Of(scale),
            result = Of(y, x.DType);
        var norm = Norm(&input, &w, &b, residual is null ? null : &r, pool, rectified);
        Check(NativeKernels.foresee_batch_norm_apply(MapPath(x.DType), Engine.Threads, &norm, &m, &s, &result));
        foreach (var tensor in new[] { x, weight, bias, residual, mean, scale, y }) GC.KeepAlive(tensor);
        return y;
    }

    /// <param name="gradient">Channels last.</param>
    /// <param name="sum">y of a norm with a residual, null without.</param>
    /// <returns>[2C]: this map's part of the gradients of weight and bias; and the residual's gradient where there was one.</returns>
    internal static (double[] Sums, Tensor? Residual) BatchNormGradientSums(Tensor gradient, Tensor x, Tensor weight, Tensor bias,
        Tensor? sum, Tensor mean, Tensor scale, int pool, bool rectified)
    {
        var sums = new double[2 * x.Size(1)];
        var dResidual = sum?.EmptyLike();
        NativeArray input = Of(x, x.DType), w = Of(weight), b = Of(bias), y = Optional(sum, x), m = Of(mean), s = Of(scale),
            g = Of(gradient, x.DType), dR = Optional(dResidual, x);
        var norm = Norm(&input, &w, &b, sum is null ? null : &y, pool, rectified);
        fixed (double* results = sums)
            Check(NativeKernels.foresee_batch_norm_gradient_sums(MapPath(x.DType), Engine.Threads, &norm, &m, &s,
                sum is null ? null : &y, &g, sum is null ? null : &dR, results));
        foreach (var tensor in new[] { x, weight, bias, sum, mean, scale, gradient, dResidual }) GC.KeepAlive(tensor);
        return (sums, dResidual);
    }

    /// <param name="dResidual">Of <see cref="BatchNormGradientSums"/>.</param>
    /// <param name="sums">[2C], of the whole batch</param>
    /// <param name="count">Values per channel of the whole batch.</param>
    /// <returns>x's gradient.</returns>
    internal static Tensor BatchNormInputGradient(Tensor gradient, Tensor x, Tensor weight, Tensor bias, Tensor? dResidual, Tensor mean,
        Tensor scale, double[] sums, long count, int pool, bool rectified)
    {
        var dx = x.EmptyLike();
        NativeArray input = Of(x, x.DType), w = Of(weight), b = Of(bias), dR = Optional(dResidual, x), m = Of(mean), s = Of(scale),
            g = Of(gradient, x.DType), dX = Of(dx, x.DType);
        var norm = Norm(&input, &w, &b, dResidual is null ? null : &dR, pool, rectified); // only whether there is one
        if (sums.Length != 2 * x.Size(1)) throw new TorchException($"Batch norm needs sums of 2 x {x.Size(1)} numbers, got {sums.Length}.");
        fixed (double* given = sums)
            Check(NativeKernels.foresee_batch_norm_input_gradient(MapPath(x.DType), Engine.Threads, &norm, &m, &s, &g,
                dResidual is null ? null : &dR, given, count, &dX));
        foreach (var tensor in new[] { x, weight, bias, dResidual, mean, scale, gradient, dx }) GC.KeepAlive(tensor);
        return dx;
    }
}
