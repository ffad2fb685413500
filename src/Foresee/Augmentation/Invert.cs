using System.Numerics;
using System.Runtime.CompilerServices;

namespace Foresee.Augmentation;

/// <summary>1 - v with a probability (PIL's ImageOps.invert).</summary>
public sealed record Invert(double Probability = 0.5) : IValueChange
{
    public void Change(in ViewPixels view, ref ViewRandom random)
    {
        if (random.Chance(Probability)) Apply(view);
    }

    internal static void Apply(in ViewPixels view) => view.Map(new Negative());

    private readonly struct Negative : IValueMap
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector<float> Of(Vector<float> v) => Vector<float>.One - v;
    }
}
