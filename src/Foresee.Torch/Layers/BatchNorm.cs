using Foresee.Torch.Interop;

namespace Foresee.Torch.Layers;

/// <summary>
/// Per channel: y = (x - mean) / sqrt(var + ε) · weight + bias. In training mean and var are the batch's, and the running ones move
/// by <c>running = (1 - momentum) · running + momentum · batch</c> (unbiased var); otherwise the running ones are used.
/// </summary>
/// <remarks>Computes in Float32.</remarks>
public abstract class BatchNorm : Module
{
    private readonly Tensor? weight, bias;
    private readonly Tensor mean, variance, batches;
    private readonly double momentum, epsilon;

    private protected BatchNorm(int channels, bool affine, double momentum, double epsilon)
    {
        (this.momentum, this.epsilon) = (momentum, epsilon);
        if (affine)
        {
            weight = Parameter("weight", Tensor.Ones([channels]));
            bias = Parameter("bias", Tensor.Zeros([channels]));
        }
        mean = Buffer("running_mean", Tensor.Zeros([channels]));
        variance = Buffer("running_var", Tensor.Ones([channels]));
        batches = Buffer("num_batches_tracked", Tensor.Zeros([], DType.Int64)); // PyTorch's state has it
    }

    /// <summary>One pass, or null where no kernel does that: Float32 without a residual and with ReLU, BFloat16 without pooling.</summary>
    private protected Tensor? Fused(Tensor x, Tensor? residual = null, int pool = 1, bool rectified = true)
    {
        if (Recompute.Again || weight is null || !Fits(x.Dimensions)) return null;
        var done = x.DType switch
        {
            DType.Float32 => pool is 1 or 2 && residual is null && rectified,
            DType.BFloat16 => pool == 1 && (residual is null || residual.DType == DType.BFloat16),
            _ => false,
        };
        if (!done || !Kernels.Supports(x.Device, Arithmetic with { Type = DType.Float32 }, x.Size(1))) return null;
        if (!Training && Autograd.Recording) return null;
        (x, residual) = (x.To(MemoryFormat.ChannelsLast), residual?.To(MemoryFormat.ChannelsLast));
        if (!Training) return Kernels.BatchNormInfer(x, weight, bias!, residual, mean, variance, epsilon, pool, rectified);
        Tensor.Run("add_", "Scalar", batches, 1);
        CustomFunction function = Group is { } group
            ? new FusedSynchronisedBatchNorm(group, mean, variance, momentum, epsilon, pool, rectified)
            : new FusedBatchNorm(mean, variance, momentum, epsilon, pool, rectified);
        return (residual is null ? function.Apply(x, weight, bias!) : function.Apply(x, weight, bias!, residual))[0];
    }

    private protected abstract bool Fits(int dimensions);

    private protected abstract string Shapes { get; }

    public override Tensor Forward(Tensor x)
    {
        if (!Fits(x.Dimensions)) throw new ArgumentException($"{GetType().Name} needs {Shapes}, got {x}.");
        var moved = Training && Recompute.Again; // this batch has moved the running statistics already
        if (Training && !moved) Tensor.Run("add_", "Scalar", batches, 1);
        if (Training && Group is { } group)
        {
            var all = new SynchronisedBatchNorm(group, mean, variance, momentum, epsilon, moves: !moved);
            var real = x.To(DType.Float32);
            return (weight is null ? all.Apply(real) : all.Apply(real, weight, bias!))[0];
        }
        return Tensor.Invoke("aten::batch_norm", "", x.To(DType.Float32), weight, bias, moved ? null : mean, moved
            ? null
            : variance, Training, momentum, epsilon, true);
    }
}

/// <summary><inheritdoc/> Over [N, C] or [N, C, L].</summary>
public sealed class BatchNorm1d(int channels, bool affine = true, double momentum = 0.1, double epsilon = 1e-5)
    : BatchNorm(channels, affine, momentum, epsilon)
{
    private protected override bool Fits(int dimensions) => dimensions is 2 or 3;
    private protected override string Shapes => "[N, C] or [N, C, L]";
}

/// <summary><inheritdoc/> Over [N, C, H, W].</summary>
public sealed class BatchNorm2d(int channels, bool affine = true, double momentum = 0.1, double epsilon = 1e-5)
    : BatchNorm(channels, affine, momentum, epsilon)
{
    /// <summary>ReLU of the result and the largest of each window; one pass, without what lies between.</summary>
    /// <param name="x">Float32, or BFloat16: then the kernel rounds its result to BFloat16, too.</param>
    /// <param name="pool">Side and stride of the windows: 2, or 1 for none.</param>
    public Tensor ReluPool(Tensor x, int pool = 1)
    {
        if (Fused(x, pool: pool) is { } y) return y;
        y = x.DType == DType.BFloat16 && pool > 1 ? ReluPool(x) : Forward(x).Relu(); // [N, C, H, W]
        return pool == 1 ? y : y.MaxPool2d(pool, pool);                              // [N, C, H/pool, W/pool]
    }

    /// <summary>relu(result + residual), the end of a residual block; of BFloat16 one pass and BFloat16.</summary>
    /// <param name="residual">[N, C, H, W], of x's type</param>
    public Tensor SumRelu(Tensor x, Tensor residual) => Fused(x, residual) ?? (Forward(x) + residual).Relu();

    /// <summary>The result in the type of x, as a shortcut needs it; of BFloat16 one pass.</summary>
    public Tensor Normalise(Tensor x) => Fused(x, rectified: false) ?? Forward(x);

    private protected override bool Fits(int dimensions) => dimensions == 4;
    private protected override string Shapes => "[N, C, H, W]";
}
