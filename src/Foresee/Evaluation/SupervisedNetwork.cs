using Foresee.Torch;
using Foresee.Torch.Interop;
using Foresee.Torch.Layers;

namespace Foresee.Evaluation;

/// <summary>
/// The supervised rival: a small convolutional network from whole images. Stages of 3x3 convolution, batch norm and ReLU with 2x2
/// max-pooling between them until the map is 7 to 13 pixels wide, the maxima of 3x3 parts of it, dropout, one linear layer.
/// </summary>
public sealed class SupervisedNetwork : Module
{
    internal const int Grid = 3;
    private readonly Sequential stages;
    private readonly Dropout dropout;
    private readonly Linear head;

    public SupervisedNetwork(SupervisedBaselineOptions options, int channels, int height, int width, int classes, Generator generator)
    {
        var layers = new List<Module>();
        var outputs = options.Width;
        for (var (stage, side) = (0, Math.Min(height, width)); stage == 0 || side >= 14; stage++)
        {
            if (stage > 0) (side, outputs) = (side / 2, Math.Min(2 * outputs, 8 * options.Width));
            var depth = stage == 0 ? 1 : options.Depth;
            for (var i = 0; i < depth; i++, channels = outputs)
                layers.Add(new Convolution(channels, outputs, i == depth - 1 && side >= 14 ? 2 : 1, generator));
        }
        stages = Child("stages", new Sequential([.. layers]));
        Pools = [.. layers.Cast<Convolution>().Select(layer => layer.Pool)];
        dropout = Child("dropout", new Dropout(options.Dropout, generator));
        Width = channels * Grid * Grid;
        head = Child("head", new Linear(Width, classes, bias: true, generator));
    }

    /// <summary>9 D, of its features.</summary>
    internal int Width { get; }

    /// <summary>Side of the windows that each layer takes the largest of; 1 for none.</summary>
    internal IReadOnlyList<int> Pools { get; }

    /// <summary>What the convolutions multiply in; the head stays in Float32.</summary>
    public void ComputeMaps(DType type) => stages.Compute(type);

    /// <param name="x">[N, C, H, W], normalised; the result is [N, classes] logits.</param>
    public override Tensor Forward(Tensor x) => Logits(Features(x));

    /// <param name="features">[N, 9 D]; the result is [N, classes].</param>
    internal Tensor Logits(Tensor features) => head.Forward(dropout.Forward(features));

    /// <param name="x">[N, C, H, W], normalised; the result is [N, 9 D].</param>
    internal Tensor Features(Tensor x)
    {
        x = stages.Forward(x.To(MemoryFormat.ChannelsLast)); // [N, D, h, w]
        var maxima = Operator.Find("aten::adaptive_max_pool2d").CallAll(x.To(DType.Float32), new long[] { Grid, Grid });
        return ((Tensor)maxima[0]!).Flatten(1);
    }

    /// <summary>3x3 convolution, batch norm, ReLU, and max-pooling where a stage ends.</summary>
    private sealed class Convolution : Module
    {
        private readonly Conv2d convolution;
        private readonly BatchNorm2d norm;

        public int Pool { get; }

        public Convolution(int inputs, int outputs, int pool, Generator generator)
        {
            convolution = Child("convolution", new Conv2d(inputs, outputs, 3, 1, 1, bias: false, generator));
            norm = Child("norm", new BatchNorm2d(outputs));
            Pool = pool;
        }

        public override Tensor Forward(Tensor x) => norm.ReluPool(convolution.Forward(x), Pool); // [N, C, H/pool, W/pool]
    }
}
