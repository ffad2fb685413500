using Foresee.Torch;
using Foresee.Torch.Layers;

namespace Foresee.Encoders;

/// <summary>
/// y = shortcut + W2·a(n(W1·a(n(x)))), a = ReLU, n = the norm, over channels unless another is given; both 3x3, the stride in W1 (He et al.
/// 2016, "Identity mappings
/// in deep residual networks"). The shortcut as in <see cref="Bottleneck"/>.
/// </summary>
internal sealed class BasicBlock : Module
{
    private readonly Module norm1, norm2;
    private readonly Conv2d conv1, conv2;
    private readonly Conv2d? shortcut;

    public BasicBlock(int inputs, BlockOptions options, Generator generator, NormOptions? norms = null)
    {
        norms ??= new();
        var bias = norms.Bias;
        norm1 = Child("norm1", norms.Layer(inputs));
        conv1 = Child("conv1", new Conv2d(inputs, options.BottleneckWidth, 3, options.Stride, 1, bias, generator));
        norm2 = Child("norm2", norms.Layer(options.BottleneckWidth));
        conv2 = Child("conv2", new Conv2d(options.BottleneckWidth, options.Width, 3, 1, 1, bias, generator));
        if (options.ChangesShape(inputs))
            shortcut = Child("shortcut", new Conv2d(inputs, options.Width, 1, options.Stride, 0, bias, generator));
    }

    public override Tensor Forward(Tensor x)
    {
        var h = NormOptions.Rectified(norm1, x);
        var y = conv2.Forward(NormOptions.Rectified(norm2, conv1.Forward(h)));
        return y + (shortcut?.Forward(h) ?? x);
    }
}
