using System.Numerics;
using System.Runtime.CompilerServices;

namespace Foresee.Augmentation;

/// <summary>
/// (1 - w) · v + w · u, u a patch of another image of the batch at any position, unchanged, w uniform in 0 .. Share (Inoue 2018;
/// AutoAugment: 0.4). In a batch of one image patches stay.
/// </summary>
public sealed record SamplePairing(double Share = 0.4) : IPatchTransform
{
    public void Change(PatchPixels patch, ref PatchRandom random)
    {
        var other = patch.Scratch;
        if (!patch.ReadOther(ref random, other)) return;
        Apply(patch, other, random.Between(0, Share));
    }

    internal static void Apply(PatchPixels patch, ReadOnlySpan<float> other, float share) => patch.Combine(other, new Mixed(new(share)));

    private readonly struct Mixed(Vector<float> share) : IPairMap
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector<float> Of(Vector<float> v, Vector<float> other) => v + (other - v) * share;
    }
}
