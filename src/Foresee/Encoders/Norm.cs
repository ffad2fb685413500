using System.Text.Json.Serialization;
using Foresee.Torch;
using Foresee.Torch.Layers;

namespace Foresee.Encoders;

/// <summary>What normalises a map before each convolution of an encoder.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<Norm>))]
public enum Norm
{
    /// <summary>Over the channels at each position (CPC v2).</summary>
    Layer,

    /// <summary>Nothing; the convolutions have a bias instead (CPC v1).</summary>
    None,

    /// <summary>Over all patches of the batch: patches know of one another. For the ablation.</summary>
    Batch,

    /// <summary>
    /// Over the positions and the channels of each group of channels, per patch; one group is the layer norm of other implementations.
    /// </summary>
    Group,
}

/// <summary>The norm of a network's blocks; Groups as in <see cref="PatchEncoderOptions.Groups"/>.</summary>
internal sealed record NormOptions(Norm Kind = Norm.Layer, int Groups = 1)
{
    /// <summary>Whether convolutions have one: a norm would take away what it adds.</summary>
    public bool Bias => Kind == Norm.None;

    public Module Layer(int channels) => Kind switch
    {
        Norm.Layer => new ChannelLayerNorm(channels),
        Norm.Batch => new BatchNorm2d(channels),
        Norm.Group => new GroupNorm(GroupsOf(channels), channels),
        _ => new Identity(),
    };

    /// <summary>The largest number up to Groups that divides the channels.</summary>
    public int GroupsOf(int channels) => Enumerable.Range(1, Math.Min(Groups, channels)).Last(groups => channels % groups == 0);

    /// <summary>relu(norm(x)); batch norm of BFloat16 in one pass.</summary>
    public static Tensor Rectified(Module norm, Tensor x) =>
        x.DType == DType.BFloat16 && norm is BatchNorm2d batch ? batch.ReluPool(x) : norm.Forward(x).Relu();
}
