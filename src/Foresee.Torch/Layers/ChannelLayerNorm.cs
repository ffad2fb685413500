namespace Foresee.Torch.Layers;

/// <summary>
/// At each position of [N, C, H, W]: y_c = (x_c - mean) / sqrt(var + ε) · weight_c + bias_c, mean and var over the C channels.
/// </summary>
/// <remarks>Computes in Float32. A channels-last input is normalised where it lies; another is copied once.</remarks>
public sealed class ChannelLayerNorm : Module
{
    private readonly Tensor weight, bias;
    private readonly double epsilon;
    private readonly int channels;

    public ChannelLayerNorm(int channels, double epsilon = 1e-5)
    {
        (this.channels, this.epsilon) = (channels, epsilon);
        weight = Parameter("weight", Tensor.Ones([channels]));
        bias = Parameter("bias", Tensor.Zeros([channels]));
    }

    public override Tensor Forward(Tensor x) => x.To(DType.Float32)
        .Permute(0, 2, 3, 1)                            // [N, H, W, C], a view
        .LayerNorm([channels], weight, bias, epsilon)
        .Permute(0, 3, 1, 2);                           // [N, C, H, W], channels-last
}
