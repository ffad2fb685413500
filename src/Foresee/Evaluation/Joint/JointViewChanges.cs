using Foresee.Augmentation;
using Foresee.Images;

namespace Foresee.Evaluation.Joint;

/// <summary>The two kinds of views of FixMatch (Sohn et al. 2020, section 2.3) and UDA.</summary>
internal static class JointViewChanges
{
    private const int Eighth = 8; // of the side: 12.5 %

    /// <summary>Mirrored left to right, and moved by up to an eighth of the side.</summary>
    public static IReadOnlyList<ITransform?> Weak(InputFormat input) =>
        [new RandomCrop(Math.Max(1, Math.Min(input.ReadHeight, input.ReadWidth) / Eighth)), new HorizontalFlip()];

    /// <summary>The same, then two operations of RandAugment, each of any magnitude, then a square of half the side cut out.</summary>
    public static IReadOnlyList<ITransform?> Strong(InputFormat input) => [.. Weak(input), new RandAugment(), new Cutout(0.5, Least: 0.5)];
}
