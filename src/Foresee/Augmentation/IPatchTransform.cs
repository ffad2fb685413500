using Foresee.Torch;

namespace Foresee.Augmentation;

/// <summary>A random change, drawn for each patch by itself. Applied to whole images it is drawn for each image.</summary>
public interface IPatchTransform
{
    /// <param name="patches">[N, C, p, p], values around 0..1. Not changed.</param>
    /// <param name="generator">The only source of chance; on the patches' device.</param>
    /// <returns>The same shape. Values may leave 0..1: clamping would lose what the ends hold.</returns>
    Tensor Apply(Tensor patches, Generator generator);
}
