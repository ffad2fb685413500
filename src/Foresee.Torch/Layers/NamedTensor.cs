namespace Foresee.Torch.Layers;

/// <summary>A tensor of a module's state under its dotted name, as PyTorch spells it: "blocks.0.weight".</summary>
public readonly record struct NamedTensor(string Name, Tensor Value);
