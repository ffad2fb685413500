using System.Numerics;
using System.Runtime.CompilerServices;

namespace Foresee.Augmentation;

/// <summary>The values of one view while they are changed: channel by channel, 0 to 1 before the first change.</summary>
public readonly ref struct ViewPixels
{
    private readonly OtherViews others;

    internal ViewPixels(Span<float> values, Span<float> scratch, int channels, int height, int width, ValueRange range, float fill,
        OtherViews others = default)
    {
        (Channels, Height, Width, Fill) = (channels, height, width, fill);
        (Low, High) = range == ValueRange.Unit ? (0, 1) : (float.NegativeInfinity, float.PositiveInfinity);
        Values = values;
        Scratch = scratch;
        this.others = others;
    }

    /// <summary>[C, height, width]</summary>
    public Span<float> Values { get; }

    /// <summary>As many values, free to use within a change.</summary>
    public Span<float> Scratch { get; }

    public int Channels { get; }

    public int Height { get; }

    public int Width { get; }

    /// <summary>What stands where nothing is known.</summary>
    public float Fill { get; }

    /// <summary>Least and largest value that a change may leave behind.</summary>
    public float Low { get; }

    /// <inheritdoc cref="Low"/>
    public float High { get; }

    /// <summary>[height, width]</summary>
    public Span<float> Plane(int channel) => Values.Slice(channel * Height * Width, Height * Width);

    /// <summary>Mean of the grey version: luma of RGB (ITU-R 601, as PIL's "L"), the mean of the channels otherwise.</summary>
    public float MeanGrey()
    {
        if (Channels != 3) return Pixels.Mean(Values);
        return Luma.Red * Pixels.Mean(Plane(0)) + Luma.Green * Pixels.Mean(Plane(1)) + Luma.Blue * Pixels.Mean(Plane(2));
    }

    /// <summary>v := clamp(map(v)) for every value.</summary>
    internal void Map<T>(T map) where T : struct, IValueMap => Map(Values, map);

    /// <summary>The same for some of them.</summary>
    internal void Map<T>(Span<float> values, T map) where T : struct, IValueMap =>
        Pixels.Map(values, new Clamped<T>(map, new(Low), new(High)));

    /// <summary>Back into the range, after changes that don't do it themselves.</summary>
    internal void Clamp()
    {
        if (High < float.PositiveInfinity) Map(new Same());
    }

    /// <summary>Red, green and blue of every pixel := clamp(map(red, green, blue)).</summary>
    internal void MapColours<T>(T map) where T : struct, IColourMap =>
        Pixels.Map(Plane(0), Plane(1), Plane(2), new ClampedColours<T>(map, new(Low), new(High)));

    /// <summary>v := clamp(map(v, other)) for every value and the one that stands at its place in another view.</summary>
    internal void Combine<T>(ReadOnlySpan<float> other, T map) where T : struct, IPairMap =>
        Pixels.Combine(Values, other, new ClampedPair<T>(map, new(Low), new(High)));

    /// <summary>Reads an unchanged view of another image of the batch.</summary>
    /// <returns>False when there is no other image.</returns>
    internal bool ReadOther(ref ViewRandom random, Span<float> other) => others.Read(ref random, other);

    private readonly struct ClampedColours<T>(T map, Vector<float> low, Vector<float> high) : IColourMap where T : struct, IColourMap
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Of(ref Vector<float> red, ref Vector<float> green, ref Vector<float> blue)
        {
            map.Of(ref red, ref green, ref blue);
            red = Vector.MinNative(Vector.MaxNative(red, low), high);
            green = Vector.MinNative(Vector.MaxNative(green, low), high);
            blue = Vector.MinNative(Vector.MaxNative(blue, low), high);
        }
    }

    private readonly struct ClampedPair<T>(T map, Vector<float> low, Vector<float> high) : IPairMap where T : struct, IPairMap
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector<float> Of(Vector<float> v, Vector<float> other) => Vector.MinNative(Vector.MaxNative(map.Of(v, other), low), high);
    }

    private readonly struct Same : IValueMap
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector<float> Of(Vector<float> v) => v;
    }

    private readonly struct Clamped<T>(T map, Vector<float> low, Vector<float> high) : IValueMap where T : struct, IValueMap
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector<float> Of(Vector<float> v) => Vector.MinNative(Vector.MaxNative(map.Of(v), low), high);
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

    internal static Vector<float> Of(Vector<float> red, Vector<float> green, Vector<float> blue) => red * Red + green * Green + blue * Blue;
}
