using System.Numerics;
using System.Runtime.InteropServices;

namespace Foresee.Augmentation;

/// <summary>A function of one value. A struct, so that its code is compiled into the loop that calls it.</summary>
internal interface IValueMap
{
    Vector<float> Of(Vector<float> v);
}

/// <summary>A function of a value and another that stands beside it.</summary>
internal interface IPairMap
{
    Vector<float> Of(Vector<float> v, Vector<float> other);
}

/// <summary>A function of a pixel's red, green and blue.</summary>
internal interface IColourMap
{
    void Of(ref Vector<float> red, ref Vector<float> green, ref Vector<float> blue);
}

/// <summary>Loops over spans of values, as many at once as the processor takes.</summary>
internal static class Pixels
{
    /// <summary>v := map(v) for every value.</summary>
    public static void Map<T>(Span<float> values, T map) where T : struct, IValueMap
    {
        var whole = MemoryMarshal.Cast<float, Vector<float>>(values);
        for (var i = 0; i < whole.Length; i++) whole[i] = map.Of(whole[i]);
        for (var i = whole.Length * Vector<float>.Count; i < values.Length; i++) values[i] = map.Of(new(values[i]))[0];
    }

    /// <summary>v := map(v, other) for every value.</summary>
    public static void Combine<T>(Span<float> values, ReadOnlySpan<float> others, T map) where T : struct, IPairMap
    {
        var whole = MemoryMarshal.Cast<float, Vector<float>>(values);
        var beside = MemoryMarshal.Cast<float, Vector<float>>(others[..values.Length]);
        for (var i = 0; i < whole.Length; i++) whole[i] = map.Of(whole[i], beside[i]);
        for (var i = whole.Length * Vector<float>.Count; i < values.Length; i++) values[i] = map.Of(new(values[i]), new(others[i]))[0];
    }

    /// <summary>to := to + weight · from</summary>
    public static void Add(Span<float> to, ReadOnlySpan<float> from, float weight)
    {
        var whole = MemoryMarshal.Cast<float, Vector<float>>(to);
        var beside = MemoryMarshal.Cast<float, Vector<float>>(from[..to.Length]);
        var factor = new Vector<float>(weight);
        for (var i = 0; i < whole.Length; i++) whole[i] = Vector.MultiplyAddEstimate(beside[i], factor, whole[i]);
        for (var i = whole.Length * Vector<float>.Count; i < to.Length; i++) to[i] += weight * from[i];
    }

    /// <summary>(red, green, blue) := map(red, green, blue) for every pixel.</summary>
    public static void Map<T>(Span<float> red, Span<float> green, Span<float> blue, T map) where T : struct, IColourMap
    {
        var r = MemoryMarshal.Cast<float, Vector<float>>(red);
        var g = MemoryMarshal.Cast<float, Vector<float>>(green)[..r.Length];
        var b = MemoryMarshal.Cast<float, Vector<float>>(blue)[..r.Length];
        for (var i = 0; i < r.Length; i++) map.Of(ref r[i], ref g[i], ref b[i]);
        for (var i = r.Length * Vector<float>.Count; i < red.Length; i++)
        {
            var (x, y, z) = (new Vector<float>(red[i]), new Vector<float>(green[i]), new Vector<float>(blue[i]));
            map.Of(ref x, ref y, ref z);
            (red[i], green[i], blue[i]) = (x[0], y[0], z[0]);
        }
    }

    /// <summary>The least and the largest value.</summary>
    public static (float Least, float Largest) Ends(ReadOnlySpan<float> values)
    {
        var whole = MemoryMarshal.Cast<float, Vector<float>>(values);
        var (low, high) = (new Vector<float>(values[0]), new Vector<float>(values[0]));
        foreach (var v in whole) (low, high) = (Vector.MinNative(low, v), Vector.MaxNative(high, v));
        var (least, largest) = (values[0], values[0]);
        for (var i = 0; i < Vector<float>.Count; i++) (least, largest) = (Math.Min(least, low[i]), Math.Max(largest, high[i]));
        foreach (var v in values[(whole.Length * Vector<float>.Count)..]) (least, largest) = (Math.Min(least, v), Math.Max(largest, v));
        return (least, largest);
    }

    public static float Mean(ReadOnlySpan<float> values)
    {
        var whole = MemoryMarshal.Cast<float, Vector<float>>(values);
        var sums = Vector<float>.Zero;
        foreach (var v in whole) sums += v;
        var sum = Vector.Sum(sums);
        foreach (var v in values[(whole.Length * Vector<float>.Count)..]) sum += v;
        return sum / values.Length;
    }
}
