using Foresee.Encoders;
using Foresee.Torch;
using Foresee.Torch.Layers;

namespace Foresee.Evaluation;

/// <summary>A head that makes one vector of a grid, on which a linear layer stands.</summary>
internal interface IGridHead
{
    /// <summary>[B, h, w, D] to [B, K].</summary>
    Tensor Pooled(Tensor grid);
}

/// <summary>
/// A linear probe that goes on learning: [B, h, w, D] latents, pooled and scaled as for the probe, to [B, classes] logits.
/// </summary>
internal sealed class ProbeHead : Module, IGridHead
{
    private readonly FeatureScaling scaling;
    private readonly Dropout dropout;
    private readonly Tensor weight, bias;

    public ProbeHead(GridPooling pooling, FeatureScaling scaling, LinearProbe probe, double dropout, Generator generator)
    {
        Pooling = pooling;
        this.scaling = Child("scaling", scaling);
        this.dropout = Child("dropout", new Dropout(dropout, generator));
        var last = probe.Weights.Size(0) - 1;
        weight = Parameter("weight", probe.Weights.Narrow(0, 0, last).Clone()); // [K, classes]
        bias = Parameter("bias", probe.Weights.Select(0, last).Clone());
    }

    public GridPooling Pooling { get; }

    /// <summary>K, of the pooled grid.</summary>
    public int Width => (int)scaling.Inputs;

    public Tensor Pooled(Tensor grid) => FeatureTable.Pool(grid, Pooling);

    public override Tensor Forward(Tensor x) => Logits(Pooled(x));

    /// <summary>[B, K], pooled, to [B, classes].</summary>
    public Tensor Logits(Tensor pooled) => Tensor.AddMM(bias, dropout.Forward(scaling.Apply(pooled)), weight);
}

/// <summary>
/// The paper's linear evaluation: [B, h, w, D] latents to [B, classes] logits,
/// <code>
/// ẑ_{i,j} = (z_{i,j} - μ) / √(σ² + ε)                          batch norm without scale and offset; μ and σ² of each feature over the
/// batch and the grid, running ones in use
/// y = mean_{i,j} (W ẑ_{i,j} + b) = W mean_{i,j} ẑ_{i,j} + b    a 1x1 convolution's logits, averaged over the grid
/// </code>
/// </summary>
/// <remarks>W and b begin at 0. The mean is taken first: the same logits for a share of the work.</remarks>
internal sealed class ScaleFreeHead : Module, IGridHead
{
    public const double Epsilon = 1e-5;
    private readonly BatchNorm1d norm;
    private readonly Tensor weight, bias;

    public ScaleFreeHead(int features, int classes)
    {
        norm = Child("norm", new BatchNorm1d(features, affine: false, epsilon: Epsilon));
        weight = Parameter("weight", Tensor.Zeros([classes, features]));
        bias = Parameter("bias", Tensor.Zeros([classes]));
    }

    public Tensor Pooled(Tensor grid) => FeatureTable.Pool(grid, GridPooling.One);

    public override Tensor Forward(Tensor x)
    {
        var normal = norm.Forward(x.Flatten(0, 2));                                             // [B·h·w, D]
        return normal.View(x.Size(0), x.Size(1) * x.Size(2), x.Size(3)).Mean(1).Linear(weight, bias); // [B, classes]
    }
}

/// <summary>
/// Pre-activation bottleneck blocks over the grid, norm + ReLU, mean over positions, dropout, linear: [B, h, w, D] to [B, classes].
/// </summary>
internal sealed class ResidualHead : Module, IGridHead
{
    private readonly Sequential blocks;
    private readonly ChannelLayerNorm norm;
    private readonly Dropout dropout;
    private readonly Linear linear;

    /// <param name="features">D, of the latents.</param>
    public ResidualHead(int features, int classes, FineTuningOptions options, Generator generator)
    {
        var bottleneck = new BlockOptions(features, options.BottleneckFor(features));
        var all = Enumerable.Range(0, options.BlocksFor(features)).Select(_ => new Bottleneck(features, bottleneck, generator));
        blocks = Child("blocks", new Sequential([.. all]));
        norm = Child("norm", new ChannelLayerNorm(features));
        dropout = Child("dropout", new Dropout(options.Dropout, generator));
        linear = Child("linear", new Linear(features, classes, bias: true, generator));
    }

    public Tensor Pooled(Tensor grid)
    {
        var x = blocks.Forward(grid.Permute(0, 3, 1, 2));          // [B, D, h, w]
        return norm.Forward(x).Relu().Mean([2, 3]);                // [B, D]
    }

    public override Tensor Forward(Tensor x) => linear.Forward(dropout.Forward(Pooled(x)));
}
