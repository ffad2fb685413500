using Foresee.Torch;

namespace Foresee.Augmentation;

/// <summary>Mirrors left to right with a probability.</summary>
public sealed record HorizontalFlip(double Probability = 0.5) : IPatchTransform
{
    public Tensor Apply(Tensor patches, Generator generator)
    {
        var mirrored = Tensor.Rand([patches.Size(0), 1, 1, 1], generator, patches.Device).Less(Probability);
        return Tensor.Where(mirrored, patches.Flip(3), patches);
    }
}
