using Foresee.Torch;
using Foresee.Torch.Layers;

namespace Foresee.Heads;

/// <summary>
/// Whether a picture is real, as one score: 4x4 convolutions of stride 2 with leaky ReLU, batch norm from the second on, until 4 px are
/// left, then a linear layer (Radford, Metz and Chintala 2016, DCGAN).
/// </summary>
public sealed class Discriminator : Module
{
    private const int Least = 4;             // px
    private const double Leak = 0.2;
    private readonly List<(Conv2d Convolution, BatchNorm2d? Norm)> layers = [];
    private readonly Linear last;

    /// <param name="side">Shorter side of the pictures, at least 8 px.</param>
    /// <param name="width">Channels of the first layer; each next has twice as many.</param>
    public Discriminator(int channels, int side, int width, Generator generator)
    {
        if (side < 2 * Least) throw new ArgumentException($"A discriminator needs pictures of at least {2 * Least} px, got {side}.");
        for (var layer = 0; side >= 2 * Least; layer++, side /= 2)
        {
            var outputs = width << layer;
            layers.Add((Child($"conv{layer + 1}", new Conv2d(channels, outputs, 4, 2, 1, bias: layer == 0, generator)),
                layer == 0 ? null : Child($"norm{layer + 1}", new BatchNorm2d(outputs))));
            channels = outputs;
        }
        last = Child("last", new Linear(channels, 1, bias: true, generator));
    }

    /// <param name="x">[B, C, h, w]</param>
    /// <returns>[B] Float32, above 0 for real</returns>
    public override Tensor Forward(Tensor x)
    {
        foreach (var (convolution, norm) in layers)
        {
            x = convolution.Forward(x);
            x = Tensor.Invoke("aten::leaky_relu", "", norm is null ? x : norm.Forward(x), Leak);
        }
        return last.Forward(x.Mean([2, 3])).To(DType.Float32).Flatten();
    }
}
