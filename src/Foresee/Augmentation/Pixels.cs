using System.Numerics;
using System.Runtime.InteropServices;

namespace Foresee.Augmentation;

/// <summary>A function of one value. A struct, so that its code is compiled into the loop that calls it.</summary>
internal interface IValueMap
{
    Vector<float> Of(Vector<float> v);
}

/// <summary>Loops over spans of values, as many at once as the processor takes.</summary>
internal static class Pixels
{
    /// <summary>v := map(v) for every value.</summary>
    public static void Map<T>(Span<float> values, T map) where T : struct, IValueMap
    {
        var whole = MemoryMarshal.Cast<float, Vector<float>>(values);
        for (var i = 0; i < whole.Length; i++) whole[i] = map.Of(whole[i]);
        var rest = values[(whole.Length * Vector<float>.Count)..];
        if (rest.IsEmpty) return;
        Span<float> last = stackalloc float[Vector<float>.Count];
        last.Clear();
        rest.CopyTo(last);
        map.Of(new Vector<float>(last)).CopyTo(last);
        last[..rest.Length].CopyTo(rest);
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
