namespace Foresee.Torch.Layers;

/// <summary>y = x Wᵀ + b over the last dimension; [.., inputs] to [.., outputs].</summary>
public sealed class Linear : Module
{
    private readonly Tensor weight;
    private readonly Tensor? bias;

    public Linear(int inputs, int outputs, bool bias, Generator generator)
    {
        weight = Parameter("weight", Initialise.Default([outputs, inputs], generator));
        if (bias) this.bias = Parameter("bias", Initialise.Uniform([outputs], 1 / Math.Sqrt(inputs), generator));
    }

    public Tensor Weight => weight;
    public Tensor? Bias => bias;

    public override Tensor Forward(Tensor x) => x.To(ComputeType).Linear(weight.To(ComputeType), bias?.To(ComputeType));
}
