namespace Foresee.Torch.Layers;

/// <summary>
/// Convolution, [N, inputs, H, W] to [N, outputs, H', W']. Its weights are channels-last, which makes its result so;
/// inputs that are channels-last too save oneDNN a copy.
/// </summary>
public sealed class Conv2d : Module
{
    private readonly Tensor weight;
    private readonly Tensor? bias;
    private readonly long[] stride, padding;
    private readonly int groups;

    public Conv2d(int inputs, int outputs, Extent kernel, Extent stride, Extent padding, bool bias, Generator generator, int groups = 1)
    {
        if (inputs % groups != 0 || outputs % groups != 0)
            throw new ArgumentException($"Conv2d in {groups} groups needs channels that {groups} divides, got {inputs} -> {outputs}.");
        (this.stride, this.padding, this.groups) = (stride.ToArray(), padding.ToArray(), groups);
        using var scope = TensorScope.Begin();
        var fan = inputs / groups * kernel.Height * kernel.Width;
        weight = Parameter("weight", Initialise.Default([outputs, inputs / groups, kernel.Height, kernel.Width], generator).To(MemoryFormat.ChannelsLast));
        if (bias) this.bias = Parameter("bias", Initialise.Uniform([outputs], 1 / Math.Sqrt(fan), generator));
    }

    public Tensor Weight => weight;
    public Tensor? Bias => bias;

    public override Tensor Forward(Tensor x) =>
        x.To(ComputeType).Conv2d(weight.To(ComputeType), bias?.To(ComputeType), stride, padding, groups: groups);
}
