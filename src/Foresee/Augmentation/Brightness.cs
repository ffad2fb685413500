using Foresee.Torch;

namespace Foresee.Augmentation;

/// <summary>Multiplies a patch by a factor drawn uniformly from 1-Strength .. 1+Strength; clamped to 0..1.</summary>
public sealed record Brightness(double Strength = 0.4) : IPatchTransform
{
    public Tensor Apply(Tensor patches, Generator generator)
    {
        var factor = Tensor.Rand([patches.Size(0), 1, 1, 1], generator, patches.Device) * (2 * Strength) + (1 - Strength);
        return (patches * factor).Clamp(0, 1);
    }
}
