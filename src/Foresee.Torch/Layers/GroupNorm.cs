namespace Foresee.Torch.Layers;

/// <summary>Normalises over the positions and the channels of each of several groups of channels, per example; [N, C, ...].</summary>
/// <remarks>Computes in Float32. One group normalises the whole example, as many groups as channels make it an instance norm.</remarks>
public sealed class GroupNorm : Module
{
    private readonly Tensor? weight, bias;
    private readonly int groups;
    private readonly double epsilon;

    public GroupNorm(int groups, int channels, bool affine = true, double epsilon = 1e-5)
    {
        if (groups < 1 || channels % groups != 0)
            throw new ArgumentException($"GroupNorm needs a number of groups that divides the {channels} channels, got {groups}.");
        (this.groups, this.epsilon) = (groups, epsilon);
        if (!affine) return;
        weight = Parameter("weight", Tensor.Ones([channels]));
        bias = Parameter("bias", Tensor.Zeros([channels]));
    }

    public override Tensor Forward(Tensor x) => x.To(DType.Float32).GroupNorm(groups, weight, bias, epsilon);
}
