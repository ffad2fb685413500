using System.Numerics;
using System.Runtime.CompilerServices;

namespace Foresee.Augmentation;

/// <summary>
/// (1 - w) · v + w · u, u a view of another image of the batch at any position, unchanged, w uniform in 0 .. Share (Inoue 2018;
/// AutoAugment: 0.4). In a batch of one image views stay.
/// </summary>
public sealed record SamplePairing(double Share = 0.4) : IValueChange
{
    public void Change(in ViewPixels view, ref ViewRandom random)
    {
        var other = view.Scratch;
        if (!view.ReadOther(ref random, other)) return;
        Apply(view, other, random.Between(0, Share));
    }

    internal static void Apply(in ViewPixels view, ReadOnlySpan<float> other, float share) => view.Combine(other, new Mixed(new(share)));

    private readonly struct Mixed(Vector<float> share) : IPairMap
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector<float> Of(Vector<float> v, Vector<float> other) => v + (other - v) * share;
    }
}
