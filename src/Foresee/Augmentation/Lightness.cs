using System.Numerics;
using System.Runtime.CompilerServices;

namespace Foresee.Augmentation;

/// <summary>v + a, a uniform in -Strength .. Strength, the same for all pixels and channels of the view.</summary>
public sealed record Lightness(double Strength = 0.3) : IValueChange
{
    public void Change(in ViewPixels view, ref ViewRandom random) => Apply(view, random.Around(Strength));

    internal static void Apply(in ViewPixels view, float amount) => view.Map(new Raised(new(amount)));

    private readonly struct Raised(Vector<float> amount) : IValueMap
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector<float> Of(Vector<float> v) => v + amount;
    }
}
