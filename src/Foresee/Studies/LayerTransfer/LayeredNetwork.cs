using Foresee.Torch;
using Foresee.Torch.Layers;

namespace Foresee.Studies.LayerTransfer;

/// <summary>
/// Six 3x3 convolutions with batch norm and ReLU, every second with 2x2 max-pooling, the mean over places, one linear layer.
/// </summary>
internal sealed class LayeredNetwork : Module
{
    private static readonly int[] Widths = [16, 16, 32, 32, 64, 64];
    private readonly Layer[] layers;
    private readonly Linear head;
    private int held; // layers that do not learn

    public LayeredNetwork(int channels, int classes, Generator generator)
    {
        layers = [.. Widths.Select((width, i) => Child($"layer{i + 1}",
            new Layer(i == 0 ? channels : Widths[i - 1], width, i % 2 == 1 ? 2 : 1, generator)))];
        head = Child("head", new Linear(Widths[^1], classes, bias: true, generator));
    }

    /// <summary>Layers below the head.</summary>
    public static int Depth => Widths.Length;

    /// <summary>Takes the first n layers of another, norms and their statistics included.</summary>
    /// <param name="learning">Whether they go on learning; else they stay as they are.</param>
    public void Take(LayeredNetwork other, int n, bool learning)
    {
        for (var i = 0; i < n; i++)
        {
            layers[i].Load(other.layers[i].State().ToDictionary(tensor => tensor.Name, tensor => tensor.Value));
            if (!learning) layers[i].Freeze();
        }
        held = learning ? 0 : n;
    }

    /// <summary>Norms of layers that do not learn keep their statistics.</summary>
    public void Learn()
    {
        Train(true);
        foreach (var layer in layers[..held]) layer.Train(false);
    }

    /// <param name="x">f32 [B, C, height, width], normalised; the result is [B, classes] logits.</param>
    public override Tensor Forward(Tensor x) => head.Forward(Maps(x, Depth).Mean([2, 3]));

    /// <summary>[B, D_n, h_n, w_n] after n layers.</summary>
    public Tensor Maps(Tensor x, int n)
    {
        x = x.To(MemoryFormat.ChannelsLast);
        using (held > 0 ? Autograd.NoGrad() : null)
            foreach (var layer in layers[..Math.Min(held, n)]) x = layer.Forward(x);
        foreach (var layer in layers[Math.Min(held, n)..n]) x = layer.Forward(x);
        return x;
    }

    private sealed class Layer : Module
    {
        private readonly Conv2d convolution;
        private readonly BatchNorm2d norm;
        private readonly int pool;

        public Layer(int inputs, int outputs, int pool, Generator generator)
        {
            convolution = Child("convolution", new Conv2d(inputs, outputs, 3, 1, 1, bias: false, generator));
            norm = Child("norm", new BatchNorm2d(outputs));
            this.pool = pool;
        }

        public override Tensor Forward(Tensor x) => norm.ReluPool(convolution.Forward(x), pool); // [B, outputs, h/pool, w/pool]
    }
}
