using Foresee.Torch;

namespace Foresee.Augmentation;

/// <summary>
/// Shifts a patch by -Pixels..Pixels in both directions, each amount equally likely; the border repeats into what is uncovered.
/// </summary>
public sealed record Translation(int Pixels = 1) : IPatchTransform
{
    public Tensor Apply(Tensor patches, Generator generator)
    {
        if (Pixels == 0) return patches;
        var (count, channels, side) = (patches.Size(0), patches.Size(1), patches.Size(3));
        var device = patches.Device;
        var line = Tensor.Arange(side, device);                                                   // [p]
        Tensor Source() => (Tensor.RandInt(-Pixels, Pixels + 1, [count, 1], generator, device) + line).Clamp(0, side - 1);  // [N, p]
        var rows = Source().Reshape(count, side, 1) * side;
        var pixels = (rows + Source().Reshape(count, 1, side)).Reshape(count, 1, side * side);    // [N, 1, p·p]
        return patches.Reshape(count, channels, side * side)
            .Gather(2, pixels.Expand(count, channels, side * side))
            .Reshape(count, channels, side, side);
    }
}
