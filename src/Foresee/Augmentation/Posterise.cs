using System.Numerics;
using System.Runtime.CompilerServices;

namespace Foresee.Augmentation;

/// <summary>
/// Keeps the uppermost bits of the 8-bit value: ⌊round(255 v) / s⌋ · s / 255, s = 2^(8 - bits), bits of LeastBits .. 8, each equally
/// likely (PIL's ImageOps.posterize; AutoAugment: 4).
/// </summary>
public sealed record Posterise(int LeastBits = 4) : IValueChange
{
    private const int Bits = 8;

    public void Change(in ViewPixels view, ref ViewRandom random) => Apply(view, LeastBits + random.Below(Bits - LeastBits + 1));

    internal static void Apply(in ViewPixels view, int bits) => view.Map(new Stepped(new(1 << (Bits - bits))));

    private readonly struct Stepped(Vector<float> step) : IValueMap
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector<float> Of(Vector<float> v)
        {
            var level = Vector.Floor(v * new Vector<float>(255) + new Vector<float>(0.5f));
            return Vector.Floor(level / step) * step * new Vector<float>(1 / 255f);
        }
    }
}
