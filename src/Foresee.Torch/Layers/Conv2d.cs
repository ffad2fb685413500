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
        weight = Parameter("weight", Initialise.Default([outputs, inputs / groups, kernel.Height, kernel.Width], generator)
            .To(MemoryFormat.ChannelsLast));
        if (bias) this.bias = Parameter("bias", Initialise.Uniform([outputs], 1 / Math.Sqrt(fan), generator));
    }

    public Tensor Weight => weight;
    public Tensor? Bias => bias;

    public override Tensor Forward(Tensor x) => Forward(x, weight);

    /// <summary>With a weight made of this layer's own.</summary>
    /// <param name="weight">[outputs, inputs / groups, height, width]</param>
    public Tensor Forward(Tensor x, Tensor weight)
    {
        var (kernel, input) = (weight.Shape, x.Shape);
        var whole = padding.All(p => p == 0) && groups == 1;
        if (whole && kernel[2] == input[2] && kernel[3] == input[3])
            return Product(x, weight, input[2] * input[3]).Reshape(input[0], 1, 1, kernel[0]).Permute(0, 3, 1, 2);
        if (whole && kernel[2] == 1 && kernel[3] == 1 && stride.All(s => s == 1))
            return Product(x, weight, 1).Reshape(input[0], input[2], input[3], kernel[0]).Permute(0, 3, 1, 2);
        return x.To(ComputeType).Conv2d(weight.To(ComputeType), bias?.To(ComputeType), stride, padding, groups: groups);
    }

    /// <summary>
    /// A convolution whose kernel covers its whole input, or one pixel only, is a matrix product of the channels-last memory as it
    /// lies: BLAS does that without oneDNN's reordering.
    /// </summary>
    private Tensor Product(Tensor x, Tensor weight, long positions)
    {
        var rows = x.Permute(0, 2, 3, 1).Reshape(-1, positions * x.Size(1));                // [N·h·w / positions, positions·C]
        var matrix = weight.Permute(0, 2, 3, 1).Reshape(weight.Size(0), -1);                // [outputs, positions·C]
        return rows.To(ComputeType).Linear(matrix.To(ComputeType), bias?.To(ComputeType));
    }
}
