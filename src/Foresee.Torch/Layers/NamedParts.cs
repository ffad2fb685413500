namespace Foresee.Torch.Layers;

/// <summary>Modules under one roof, each under its name: one state, one device, one mode. There is no forward pass through all.</summary>
public sealed class NamedParts : Module
{
    public NamedParts(params ReadOnlySpan<(string Name, Module Part)> parts)
    {
        foreach (var (name, part) in parts) Child(name, part);
    }

    public override Tensor Forward(Tensor x) => throw new NotSupportedException("Named parts have no forward pass of their own.");
}
