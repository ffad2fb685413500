using Foresee.Augmentation;
using Foresee.Torch;

namespace Foresee.Evaluation;

/// <summary>What a protocol may suit the options to that it leaves open, see <see cref="IProtocol.Resolve"/>.</summary>
/// <param name="Channels">Of the images.</param>
/// <param name="LabelsPerClass">On average over the classes.</param>
/// <param name="Compute">What networks that are trained multiply in.</param>
public sealed record EvaluationSetting(int Channels, double LabelsPerClass, DType Compute)
{
    /// <summary>D, the width of the encoder's latents; 0 without an encoder.</summary>
    public int Features { get; init; }

    /// <summary>
    /// Whether the images have an upside, as photographs have; where they have none, networks that are trained learn from turned ones.
    /// </summary>
    public bool Upright { get; init; } = true;

    /// <summary>How pretraining changed the patches; null where that is not known.</summary>
    public PatchAugmentation? Pretraining { get; init; }
}
