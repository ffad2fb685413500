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

    private protected Tensor? Fused(Tensor x, int pool)
    {
        if (Recompute.Again || weight is null || pool is not (1 or 2) || x.DType != DType.Float32 || !Fits(x.Dimensions)) return null;
        if (!Kernels.Supports(x.Device, Arithmetic with { Type = DType.Float32 }, x.Size(1))) return null;
        if (!Training)
            return Autograd.Recording ? null : FusedBatchNorm.Infer(x.To(MemoryFormat.ChannelsLast), weight, bias!, mean, variance, epsilon,
                pool);
        Tensor.Run("add_", "Scalar", batches, 1);
        return new FusedBatchNorm(mean, variance, momentum, epsilon, pool).Apply(x.To(MemoryFormat.ChannelsLast), weight, bias!)[0];
    }

    private protected abstract bool Fits(int dimensions);

    private protected abstract string Shapes { get; }

    public override Tensor Forward(Tensor x)
    {
        if (!Fits(x.Dimensions)) throw new ArgumentException($"{GetType().Name} needs {Shapes}, got {x}.");
        var moved = Training && Recompute.Again; // this batch has moved the running statistics already
        if (Training && !moved) Tensor.Run("add_", "Scalar", batches, 1);
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
    /// <summary>ReLU of the result and the largest of each window; for f32 one pass, without what lies between.</summary>
    /// <param name="pool">Side and stride of the windows: 2, or 1 for none.</param>
    public Tensor ReluPool(Tensor x, int pool = 1)
    {
        if (Fused(x, pool) is { } y) return y;
        y = Forward(x).Relu();                       // [N, C, H, W]
        return pool == 1 ? y : y.MaxPool2d(pool, pool); // [N, C, H/pool, W/pool]
    }

    private protected override bool Fits(int dimensions) => dimensions == 4;
    private protected override string Shapes => "[N, C, H, W]";
}
