using System.Numerics;
using System.Runtime.CompilerServices;

namespace Foresee.Augmentation;

/// <summary>1 - v with a probability (PIL's ImageOps.invert).</summary>
public sealed record Invert(double Probability = 0.5) : IPatchTransform
{
    public void Change(PatchPixels patch, ref PatchRandom random)
    {
        if (random.Chance(Probability)) Apply(patch);
    }

    internal static void Apply(PatchPixels patch) => patch.Map(new Negative());

    private readonly struct Negative : IValueMap
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector<float> Of(Vector<float> v) => Vector<float>.One - v;
    }
}
