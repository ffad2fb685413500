using System.Numerics;
using System.Runtime.CompilerServices;

namespace Foresee.Augmentation;

/// <summary>v · f, f uniform in 1-Strength .. 1+Strength, one for the patch (PIL's ImageEnhance.Brightness; AutoAugment: 0.9).</summary>
public sealed record Brightness(double Strength = 0.4) : IPatchTransform
{
    public void Change(PatchPixels patch, ref PatchRandom random) => Apply(patch, 1 + random.Around(Strength));

    internal static void Apply(PatchPixels patch, float factor) => patch.Map(new Scaled(new(factor)));

    private readonly struct Scaled(Vector<float> factor) : IValueMap
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector<float> Of(Vector<float> v) => v * factor;
    }
}
