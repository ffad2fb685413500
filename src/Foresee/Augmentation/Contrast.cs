using System.Numerics;
using System.Runtime.CompilerServices;

namespace Foresee.Augmentation;

/// <summary>
/// m + f · (v - m), m the patch's mean grey, f uniform in 1-Strength .. 1+Strength (PIL's ImageEnhance.Contrast, which rounds m to
/// 8 bits; AutoAugment: 0.9).
/// </summary>
public sealed record Contrast(double Strength = 0.4) : IPatchTransform
{
    public void Change(PatchPixels patch, ref PatchRandom random) => Apply(patch, 1 + random.Around(Strength));

    internal static void Apply(PatchPixels patch, float factor) => patch.Map(new Stretched(new(factor), new((1 - factor) * patch.MeanGrey())));

    private readonly struct Stretched(Vector<float> factor, Vector<float> offset) : IValueMap
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector<float> Of(Vector<float> v) => v * factor + offset;
    }
}
