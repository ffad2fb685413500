using Foresee.Encoders;
using Foresee.Torch;
using Foresee.Torch.Layers;

namespace Foresee.Evaluation;

/// <summary>A linear probe that goes on learning: [B, h, w, D] latents, pooled and scaled as for the probe, to [B, classes] logits.</summary>
internal sealed class ProbeHead : Module
{
    private readonly GridPooling pooling;
    private readonly FeatureScaling scaling;
    private readonly Dropout dropout;
    private readonly Tensor weight, bias;

    /// <param name="scaling">Borrowed.</param>
    public ProbeHead(GridPooling pooling, FeatureScaling scaling, LinearProbe probe, double dropout, Generator generator)
    {
        (this.pooling, this.scaling) = (pooling, scaling);
        this.dropout = Child("dropout", new Dropout(dropout, generator));
        var last = probe.Weights.Size(0) - 1;
        weight = Parameter("weight", probe.Weights.Narrow(0, 0, last).Clone()); // [K, classes]
        bias = Parameter("bias", probe.Weights.Select(0, last).Clone());
    }

    public override Tensor Forward(Tensor x) => Tensor.AddMM(bias, dropout.Forward(scaling.Apply(FeatureTable.Pool(x, pooling))), weight);
}

/// <summary>Pre-activation bottleneck blocks over the grid, norm + ReLU, mean over positions, dropout, linear: [B, h, w, D] to [B, classes].</summary>
internal sealed class ResidualHead : Module
{
    private readonly Sequential blocks;
    private readonly ChannelLayerNorm norm;
    private readonly Dropout dropout;
    private readonly Linear linear;

    public ResidualHead(PatchEncoderOptions encoder, int classes, GridClassifierOptions options, Generator generator)
    {
        var features = encoder.Features;
        blocks = Child("blocks", new Sequential([.. Enumerable.Range(0, options.Blocks).Select(_ => new Bottleneck(features, new(features, options.Middle), generator))]));
        norm = Child("norm", new ChannelLayerNorm(features));
        dropout = Child("dropout", new Dropout(options.Dropout, generator));
        linear = Child("linear", new Linear(features, classes, bias: true, generator));
    }

    public override Tensor Forward(Tensor x)
    {
        x = blocks.Forward(x.Permute(0, 3, 1, 2));                 // [B, D, h, w]
        x = norm.Forward(x).Relu().Mean([2, 3]);                   // [B, D]
        return linear.Forward(dropout.Forward(x));                 // [B, classes]
    }
}
