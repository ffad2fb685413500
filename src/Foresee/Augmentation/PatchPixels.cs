using System.Numerics;

namespace Foresee.Augmentation;

/// <summary>The values of one patch while they are changed: channel by channel, 0 to 1 before the first change.</summary>
/// <param name="values">[C, p, p]</param>
/// <param name="scratch">As many values, free to use within a change.</param>
/// <param name="range">Whether values may leave 0..1.</param>
/// <param name="fill">What stands where nothing is known.</param>
public readonly ref struct PatchPixels(Span<float> values, Span<float> scratch, int channels, int side, ValueRange range, float fill)
{
    public Span<float> Values { get; } = values;
    public Span<float> Scratch { get; } = scratch;
    public int Channels { get; } = channels;
    public int Side { get; } = side;
    public float Fill { get; } = fill;

    /// <summary>Least and largest value that a change may leave behind.</summary>
    public float Low { get; } = range == ValueRange.Unit ? 0 : float.NegativeInfinity;

    /// <inheritdoc cref="Low"/>
    public float High { get; } = range == ValueRange.Unit ? 1 : float.PositiveInfinity;

    /// <summary>[p, p]</summary>
    public Span<float> Plane(int channel) => Values.Slice(channel * Side * Side, Side * Side);

    /// <summary>Mean of the grey version: luma of RGB (ITU-R 601, as PIL's "L"), the mean of the channels otherwise.</summary>
    public float MeanGrey()
    {
        if (Channels != 3) return Pixels.Mean(Values);
        return Luma.Red * Pixels.Mean(Plane(0)) + Luma.Green * Pixels.Mean(Plane(1)) + Luma.Blue * Pixels.Mean(Plane(2));
    }

    /// <summary>v := clamp(map(v)) for every value.</summary>
    internal void Map<T>(T map) where T : struct, IValueMap => Pixels.Map(Values, new Clamped<T>(map, new(Low), new(High)));

    private readonly struct Clamped<T>(T map, Vector<float> low, Vector<float> high) : IValueMap where T : struct, IValueMap
    {
        public Vector<float> Of(Vector<float> v) => Vector.Min(Vector.Max(map.Of(v), low), high);
    }
}

/// <summary>What becomes of values that a change takes beyond black or white.</summary>
public enum ValueRange
{
    /// <summary>They are kept: clamping would lose what the ends hold.</summary>
    Open,

    /// <summary>They are clamped after every change, as PIL and torchvision do.</summary>
    Unit,
}

/// <summary>Shares of red, green and blue in grey (ITU-R 601).</summary>
public static class Luma
{
    public const float Red = 0.299f, Green = 0.587f, Blue = 0.114f;
}
