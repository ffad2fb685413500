using System.Numerics;
using System.Runtime.CompilerServices;

namespace Foresee.Augmentation;

/// <summary>
/// v^γ, γ = exp(g), g uniform in -Strength .. Strength: middle greys lighter or darker, black and white kept. Values are clamped to
/// 0..1 first. The same as torchvision's adjust_gamma with gain 1.
/// </summary>
public sealed record Gamma(double Strength = 0.5) : IValueChange
{
    public void Change(in ViewPixels view, ref ViewRandom random) => Apply(view, MathF.Exp(random.Around(Strength)));

    internal static void Apply(in ViewPixels view, float exponent) => view.Map(new Raised(new(exponent)));

    private readonly struct Raised(Vector<float> exponent) : IValueMap
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector<float> Of(Vector<float> v) =>
            Vector.Exp(exponent * Vector.Log(Vector.MinNative(Vector.MaxNative(v, new(1e-30f)), Vector<float>.One)));
    }
}
