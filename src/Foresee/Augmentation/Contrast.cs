using Foresee.Torch;

namespace Foresee.Augmentation;

/// <summary>Scales a patch's distance from its own mean grey by a factor drawn uniformly from 1-Strength .. 1+Strength.</summary>
public sealed record Contrast(double Strength = 0.4) : IPatchTransform
{
    public Tensor Apply(Tensor patches, Generator generator)
    {
        var factor = Tensor.Rand([patches.Size(0), 1, 1, 1], generator, patches.Device) * (2 * Strength) + (1 - Strength);
        var mean = Grey(patches).Mean([1, 2, 3], keep: true);       // [N, 1, 1, 1]
        return (patches - mean) * factor + mean;
    }

    /// <summary>Luma of RGB (ITU-R 601, as PIL's "L"); the mean of the channels otherwise.</summary>
    private static Tensor Grey(Tensor patches) => patches.Size(1) == 3
        ? patches.Narrow(1, 0, 1) * 0.299 + patches.Narrow(1, 1, 1) * 0.587 + patches.Narrow(1, 2, 1) * 0.114
        : patches.Mean(1, keep: true);
}
