using System.Numerics;
using System.Runtime.CompilerServices;

namespace Foresee.Augmentation;

/// <summary>
/// m + f · (v - m), m the view's mean grey, f uniform in 1-Strength .. 1+Strength (PIL's ImageEnhance.Contrast, which rounds m to
/// 8 bits; AutoAugment: 0.9).
/// </summary>
public sealed record Contrast(double Strength = 0.4) : IValueChange
{
    public void Change(in ViewPixels view, ref ViewRandom random) => Apply(view, 1 + random.Around(Strength));

    internal static void Apply(in ViewPixels view, float factor) =>
        view.Map(new Stretched(new(factor), new((1 - factor) * view.MeanGrey())));

    private readonly struct Stretched(Vector<float> factor, Vector<float> offset) : IValueMap
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector<float> Of(Vector<float> v) => v * factor + offset;
    }
}
