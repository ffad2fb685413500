using System.Numerics;
using System.Runtime.CompilerServices;

namespace Foresee.Augmentation;

/// <summary>v · f, f uniform in 1-Strength .. 1+Strength, one for the view (PIL's ImageEnhance.Brightness; AutoAugment: 0.9).</summary>
public sealed record Brightness(double Strength = 0.4) : IValueChange
{
    public void Change(in ViewPixels view, ref ViewRandom random) => Apply(view, 1 + random.Around(Strength));

    internal static void Apply(in ViewPixels view, float factor) => view.Map(new Scaled(new(factor)));

    private readonly struct Scaled(Vector<float> factor) : IValueMap
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector<float> Of(Vector<float> v) => v * factor;
    }
}
