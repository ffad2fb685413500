using System.Numerics;
using System.Runtime.CompilerServices;

namespace Foresee.Augmentation;

/// <summary>v + a, a uniform in -Strength .. Strength, the same for all pixels and channels of the patch.</summary>
public sealed record Lightness(double Strength = 0.3) : IPatchTransform
{
    public void Change(PatchPixels patch, ref PatchRandom random) => Apply(patch, random.Around(Strength));

    internal static void Apply(PatchPixels patch, float amount) => patch.Map(new Raised(new(amount)));

    private readonly struct Raised(Vector<float> amount) : IValueMap
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector<float> Of(Vector<float> v) => v + amount;
    }
}
