using Foresee.Torch;
using Foresee.Torch.Layers;

namespace Foresee.Encoders;

/// <summary>
/// y = shortcut + W3·a(n(W2·a(n(W1·a(n(x)))))), a = ReLU, n = the norm, over channels unless another is given; W1 and W3 1x1, W2 3x3 with
/// the stride
/// (He et al. 2016, "Identity mappings in deep residual networks"); a block without a kernel leaves W2 out. Where the shape changes, the
/// shortcut is a 1x1
/// convolution of the normalised input; elsewhere it is x itself.
/// </summary>
internal sealed class Bottleneck : Module
{
    private readonly Module norm1, norm3;
    private readonly Module? norm2;
    private readonly Conv2d conv1, conv3;
    private readonly Conv2d? conv2, shortcut;

    public Bottleneck(int inputs, BlockOptions options, Generator generator, NormOptions? norms = null)
    {
        norms ??= new();
        var bias = norms.Bias;
        norm1 = Child("norm1", norms.Layer(inputs));
        conv1 = Child("conv1", new Conv2d(inputs, options.BottleneckWidth, 1, 1, 0, bias, generator));
        if (options.Kernel > 0)
        {
            norm2 = Child("norm2", norms.Layer(options.BottleneckWidth));
            conv2 = Child("conv2", new Conv2d(options.BottleneckWidth, options.BottleneckWidth, options.Kernel, options.Stride,
                options.Kernel / 2, bias, generator));
        }
        norm3 = Child("norm3", norms.Layer(options.BottleneckWidth));
        conv3 = Child("conv3", new Conv2d(options.BottleneckWidth, options.Width, 1, 1, 0, bias, generator));
        if (options.ChangesShape(inputs))
            shortcut = Child("shortcut", new Conv2d(inputs, options.Width, 1, options.Stride, 0, bias, generator));
    }

    public override Tensor Forward(Tensor x)
    {
        var h = norm1.Forward(x).Relu();
        var y = conv1.Forward(h);
        if (conv2 is not null) y = conv2.Forward(norm2!.Forward(y).Relu());
        y = conv3.Forward(norm3.Forward(y).Relu());
        return y + (shortcut?.Forward(h) ?? x);
    }
}
