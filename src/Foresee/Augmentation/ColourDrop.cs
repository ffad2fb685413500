using Foresee.Torch;

namespace Foresee.Augmentation;

/// <summary>
/// Keeps one channel of a patch, chosen at random, and drops the others, so that colour can't give the neighbour away
/// (Hénaff et al. 2020, the step "RC"). Dropped channels take the value of the kept one, which keeps the patch's brightness.
/// Has no meaning for one channel, and leaves such patches as they are.
/// </summary>
public sealed record ColourDrop(double Probability = 1) : IPatchTransform
{
    public Tensor Apply(Tensor patches, Generator generator)
    {
        var (count, channels, side) = (patches.Size(0), patches.Size(1), patches.Size(3));
        if (channels == 1) return patches;
        var device = patches.Device;
        var kept = Tensor.RandInt(0, channels, [count, 1, 1, 1], generator, device).Expand(count, channels, side, side);
        var dropped = Tensor.Rand([count, 1, 1, 1], generator, device).Less(Probability);
        return Tensor.Where(dropped, patches.Gather(1, kept), patches);
    }
}
