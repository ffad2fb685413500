namespace Foresee.Torch.Interop;

/// <content>Batch norm, the sum of a residual block, ReLU and pooling: maps in Float32 or BFloat16, all else Float32.</content>
public static unsafe partial class Kernels
{
    /// <param name="x">[N, C, H, W], channels last; Float32, or BFloat16 without pooling</param>
    /// <param name="residual">What is added before the ReLU, as x; BFloat16 only.</param>
    /// <param name="rectified">Whether there is a ReLU; false for BFloat16 only.</param>
    /// <returns>y of x's type, and the batch's mean and 1 / deviation, each [C]; the running statistics have moved.</returns>
    public static (Tensor Y, Tensor Mean, Tensor Scale) BatchNormTrain(Tensor x, Tensor weight, Tensor bias, Tensor? residual,
        Tensor runningMean, Tensor runningVariance, double momentum, double epsilon, int pool, bool rectified)
    {
        Tensor y = Pooled(x, pool), mean = Tensor.Empty([x.Size(1)]), scale = Tensor.Empty([x.Size(1)]);
        NativeArray input = Of(x, x.DType), w = Of(weight), b = Of(bias), r = Optional(residual, x), m = Of(runningMean),
            v = Of(runningVariance), result = Of(y, x.DType), batchMean = Of(mean), batchScale = Of(scale);
        var norm = Norm(&input, &w, &b, residual is null ? null : &r, pool, rectified);
        Check(NativeKernels.foresee_batch_norm_train(MapPath(x.DType), Engine.Threads, &norm, momentum, epsilon, &m, &v, &result,
            &batchMean, &batchScale));
        foreach (var tensor in new[] { x, weight, bias, residual, runningMean, runningVariance, y, mean, scale }) GC.KeepAlive(tensor);
        return (y, mean, scale);
    }

    /// <summary>With the running statistics, without gradient.</summary>
    public static Tensor BatchNormInfer(Tensor x, Tensor weight, Tensor bias, Tensor? residual, Tensor mean, Tensor variance,
        double epsilon, int pool, bool rectified)
    {
        var y = Pooled(x, pool);
        NativeArray input = Of(x, x.DType), w = Of(weight), b = Of(bias), r = Optional(residual, x), m = Of(mean), v = Of(variance),
            result = Of(y, x.DType);
        var norm = Norm(&input, &w, &b, residual is null ? null : &r, pool, rectified);
        Check(NativeKernels.foresee_batch_norm_infer(MapPath(x.DType), Engine.Threads, &norm, epsilon, &m, &v, &result));
        foreach (var tensor in new[] { x, weight, bias, residual, mean, variance, y }) GC.KeepAlive(tensor);
        return y;
    }

    /// <param name="sum">y of a norm with a residual, null without.</param>
    /// <returns>Of x, weight, bias and, where there was one, the residual.</returns>
    public static Tensor[] BatchNormBackward(Tensor gradient, Tensor x, Tensor weight, Tensor bias, Tensor? sum, Tensor mean, Tensor scale,
        int pool, bool rectified)
    {
        gradient = gradient.To(MemoryFormat.ChannelsLast);
        Tensor dx = x.EmptyLike(), dWeight = weight.EmptyLike(), dBias = bias.EmptyLike();
        var dResidual = sum?.EmptyLike();
        NativeArray input = Of(x, x.DType), w = Of(weight), b = Of(bias), y = Optional(sum, x), m = Of(mean), s = Of(scale),
            g = Of(gradient, x.DType), dX = Of(dx, x.DType), dR = Optional(dResidual, x), dW = Of(dWeight), dB = Of(dBias);
        var norm = Norm(&input, &w, &b, sum is null ? null : &y, pool, rectified); // of y only whether there is one
        Check(NativeKernels.foresee_batch_norm_backward(MapPath(x.DType), Engine.Threads, &norm, &m, &s, sum is null ? null : &y, &g, &dX,
            sum is null ? null : &dR, &dW, &dB));
        foreach (var tensor in new[] { x, weight, bias, sum, mean, scale, gradient, dx, dResidual, dWeight, dBias }) GC.KeepAlive(tensor);
        return dResidual is null ? [dx, dWeight, dBias] : [dx, dWeight, dBias, dResidual];
    }

    private static NativeBatchNorm Norm(NativeArray* x, NativeArray* weight, NativeArray* bias, NativeArray* residual, int pool,
        bool rectified) => new()
        {
            X = x,
            Weight = weight,
            Bias = bias,
            Residual = residual,
            Pool = pool,
            Rectified = rectified ? 1 : 0,
        };

    private static NativeArray Optional(Tensor? tensor, Tensor like) => tensor is null ? default : Of(tensor, like.DType);

    private static Tensor Pooled(Tensor x, int pool)
    {
        if (x.Dimensions != 4 || pool < 1)
            throw new TorchException($"Batch norm needs [N, C, H, W] and windows of 1 or 2, got {x} and {pool}.");
        var shape = x.Shape;
        return Tensor.Invoke("aten::empty", "memory_format", new[] { shape[0], shape[1], shape[2] / pool, shape[3] / pool }, x.DType,
            Argument.None, Device.Cpu, Argument.None, MemoryFormat.ChannelsLast);
    }
}
