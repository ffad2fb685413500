using Foresee.Torch;
using Foresee.Torch.Layers;

namespace Foresee.Heads;

/// <summary>
/// From an encoder's grid back to pictures: each step doubles the sides (nearest neighbour), then 3x3 convolution, batch norm and ReLU,
/// half as many channels each; a 3x3 convolution ends it. Maps of the encoder may be joined on the way (U-Net, Ronneberger et al. 2015).
/// </summary>
public sealed class Decoder : Module
{
    private const int LeastWidth = 16;
    private readonly List<(Conv2d Convolution, BatchNorm2d Norm)> steps = [];
    private readonly Conv2d last;
    private readonly int height, width;

    /// <param name="features">Channels of the grid.</param>
    /// <param name="outputs">Channels of the pictures.</param>
    /// <param name="height">Of the pictures.</param>
    /// <param name="width">Of the pictures.</param>
    /// <param name="halvings">How often the encoder halved the sides, an odd side to the larger half.</param>
    /// <param name="joined">Channels of the maps that are joined after each doubling, the smallest map first.</param>
    public Decoder(int features, int outputs, int height, int width, int halvings, Generator generator, params IReadOnlyList<int> joined)
    {
        (this.height, this.width) = (height, width);
        var channels = features;
        for (var step = 0; step < halvings; step++)
        {
            var next = Math.Max(LeastWidth, channels / 2);
            var inputs = channels + (step < joined.Count ? joined[step] : 0);
            steps.Add((Child($"conv{step + 1}", new Conv2d(inputs, next, 3, 1, 1, bias: false, generator)),
                Child($"norm{step + 1}", new BatchNorm2d(next))));
            channels = next;
        }
        last = Child("last", new Conv2d(channels, outputs, 3, 1, 1, bias: true, generator));
    }

    /// <param name="x">[B, h, w, features]</param>
    /// <returns>[B, outputs, height, width] Float32</returns>
    public override Tensor Forward(Tensor x) => Forward(x, []);

    /// <param name="x">[B, h, w, features]</param>
    /// <param name="joined">Each [B, its channels, h_s, w_s].</param>
    public Tensor Forward(Tensor x, IReadOnlyList<Tensor> joined)
    {
        x = x.Permute(0, 3, 1, 2);
        foreach (var (i, (convolution, norm)) in steps.Index())
        {
            var left = steps.Count - 1 - i;                                                  // halvings that remain
            x = Tensor.Invoke("aten::upsample_nearest2d", "", x, new long[] { Halved(height, left), Halved(width, left) });
            if (i < joined.Count) x = Tensor.Cat([x, joined[i].To(x.DType)], 1);
            x = norm.Forward(convolution.Forward(x)).Relu();
        }
        return last.Forward(x).To(DType.Float32);
    }

    private static long Halved(int side, int times) => (side + (1 << times) - 1) >> times;
}
