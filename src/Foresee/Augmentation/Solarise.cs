using System.Numerics;
using System.Runtime.CompilerServices;

namespace Foresee.Augmentation;

/// <summary>
/// 1 - v where v is not below a threshold, uniform in Least .. Most (PIL's ImageOps.solarize; AutoAugment: 0 .. 256/255).
/// </summary>
public sealed record Solarise(double Least = 0, double Most = 256.0 / 255) : IValueChange
{
    public void Change(in ViewPixels view, ref ViewRandom random) => Apply(view, random.Between(Least, Most));

    internal static void Apply(in ViewPixels view, float threshold) => view.Map(new Solarised(new(threshold)));

    private readonly struct Solarised(Vector<float> threshold) : IValueMap
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector<float> Of(Vector<float> v) => Vector.ConditionalSelect(Vector.LessThan(v, threshold), v, Vector<float>.One - v);
    }
}
