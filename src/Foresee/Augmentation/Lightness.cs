using Foresee.Torch;

namespace Foresee.Augmentation;

/// <summary>Adds a value drawn uniformly from -Strength .. Strength to a patch, the same to all its pixels and channels.</summary>
public sealed record Lightness(double Strength = 0.3) : IPatchTransform
{
    public Tensor Apply(Tensor patches, Generator generator) =>
        patches + (Tensor.Rand([patches.Size(0), 1, 1, 1], generator, patches.Device) * (2 * Strength) - Strength);
}
