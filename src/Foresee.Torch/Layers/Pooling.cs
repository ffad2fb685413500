namespace Foresee.Torch.Layers;

/// <summary>The largest value of each window; [N, C, H, W]. Without a stride, windows don't overlap.</summary>
public sealed class MaxPool2d(Extent size, Extent? stride = null, Extent? padding = null) : Module
{
    private readonly long[] size = size.ToArray(), stride = (stride ?? size).ToArray(), padding = (padding ?? 0).ToArray();

    public override Tensor Forward(Tensor x) => Tensor.Invoke("aten::max_pool2d", "", x, size, stride, padding);
}

/// <summary>The mean of each window, padding counted as zeros; [N, C, H, W]. Without a stride, windows don't overlap.</summary>
public sealed class AvgPool2d(Extent size, Extent? stride = null, Extent? padding = null) : Module
{
    private readonly long[] size = size.ToArray(), stride = (stride ?? size).ToArray(), padding = (padding ?? 0).ToArray();

    public override Tensor Forward(Tensor x) => Tensor.Invoke("aten::avg_pool2d", "", x, size, stride, padding);
}

/// <summary>The mean over all positions; [N, C, H, W] to [N, C].</summary>
public sealed class GlobalAvgPool2d : Module
{
    public override Tensor Forward(Tensor x) => x.Mean([2, 3]);
}
