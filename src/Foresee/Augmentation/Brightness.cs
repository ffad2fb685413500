using Foresee.Torch;

namespace Foresee.Augmentation;

/// <summary>Multiplies a patch by a factor drawn uniformly from 1-Strength .. 1+Strength.</summary>
public sealed record Brightness(double Strength = 0.4) : IPatchTransform
{
    public Tensor Apply(Tensor patches, Generator generator) =>
        patches * (Tensor.Rand([patches.Size(0), 1, 1, 1], generator, patches.Device) * (2 * Strength) + (1 - Strength));
}
