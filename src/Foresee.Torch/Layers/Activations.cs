namespace Foresee.Torch.Layers;

/// <summary>max(x, 0)</summary>
public sealed class Relu : Module
{
    public override Tensor Forward(Tensor x) => x.Relu();
}

/// <summary>x Φ(x), the exact form with erf</summary>
public sealed class Gelu : Module
{
    public override Tensor Forward(Tensor x) => x.Gelu();
}

/// <summary>[N, ...] to [N, everything else]</summary>
public sealed class Flatten : Module
{
    public override Tensor Forward(Tensor x) => x.Flatten(1);
}
