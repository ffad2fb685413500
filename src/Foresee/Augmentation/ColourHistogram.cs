using System.Numerics;
using System.Runtime.CompilerServices;

namespace Foresee.Augmentation;

/// <summary>
/// A smooth random curve from old to new values, for each channel by itself, as De Fauw et al. 2018 change grey-value histograms, from
/// which CPC v2 takes it: the cubic Bézier curve whose heights k/3 are moved by amounts uniform in -Strength .. Strength,
/// <code>b(v) = Σ_k binomial(3, k) v^k (1 - v)^(3 - k) (k/3 + a_k)</code>
/// which rises everywhere for strengths up to 1/6. Values are clamped to 0..1 first.
/// </summary>
public sealed record ColourHistogram(double Strength = 1.0 / 6) : IValueChange
{
    public void Change(in ViewPixels view, ref ViewRandom random)
    {
        Span<float> heights = stackalloc float[4];
        for (var c = 0; c < view.Channels; c++)
        {
            for (var k = 0; k < heights.Length; k++) heights[k] = k / 3f + random.Around(Strength);
            Apply(view, c, heights);
        }
    }

    internal static void Apply(in ViewPixels view, int channel, ReadOnlySpan<float> heights)
    {
        var (a, b, c, d) = (heights[0], heights[1], heights[2], heights[3]);
        view.Map(view.Plane(channel), new Curve(new(a), new(3 * (b - a)), new(3 * (a - 2 * b + c)), new(d - 3 * c + 3 * b - a)));
    }

    /// <summary>The same polynomial in powers of v.</summary>
    private readonly struct Curve(Vector<float> one, Vector<float> first, Vector<float> second, Vector<float> third) : IValueMap
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector<float> Of(Vector<float> v)
        {
            v = Vector.MinNative(Vector.MaxNative(v, Vector<float>.Zero), Vector<float>.One);
            return ((third * v + second) * v + first) * v + one;
        }
    }
}
