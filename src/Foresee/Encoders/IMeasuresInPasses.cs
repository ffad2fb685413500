using Foresee.Torch;

namespace Foresee.Encoders;

/// <summary>An encoder that measures in passes over images, which need not fit into memory together.</summary>
public interface IMeasuresInPasses
{
    /// <param name="pass">Always the same images.</param>
    /// <param name="count">Images of a pass.</param>
    void Calibrate(ImagePass pass, int count, Calibration work);
}

/// <summary>Images of a pass, in batches, each disposed by whoever gives it.</summary>
/// <param name="from">The place of the first, from 0.</param>
public delegate IEnumerable<PassBatch> ImagePass(int from, int count);

/// <param name="Places">Of the images in the pass; one that can't be read is in no batch.</param>
/// <param name="Images">[B, C, height, width], normalised by the input's mean and std.</param>
public readonly record struct PassBatch(int[] Places, Tensor Images);
