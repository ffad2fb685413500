using Foresee.Torch;

namespace Foresee.Augmentation;

/// <summary>A random change of patches, drawn for each patch by itself.</summary>
public interface IPatchTransform
{
    /// <param name="patches">[N, C, p, p], values in 0..1. Not changed.</param>
    /// <param name="generator">The only source of chance; on the patches' device.</param>
    /// <returns>The same shape and range.</returns>
    Tensor Apply(Tensor patches, Generator generator);
}
