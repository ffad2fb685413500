using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace Foresee.Augmentation;

/// <summary>
/// Four pixels of up to four planes, for instance channels, from channel by channel to pixel by pixel and back: the same exchange both
/// ways.
/// </summary>
internal static class Lanes
{
    /// <summary>Four pixels of up to four planes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void ReadFour(ReadOnlySpan<float> planes, int area, int at, Span<Vector128<float>> pixels)
    {
        var a = Vector128.Create(planes[at..]);
        var b = planes.Length > area ? Vector128.Create(planes[(area + at)..]) : default;
        var c = planes.Length > 2 * area ? Vector128.Create(planes[(2 * area + at)..]) : default;
        var d = planes.Length > 3 * area ? Vector128.Create(planes[(3 * area + at)..]) : default;
        Transpose(ref a, ref b, ref c, ref d);
        (pixels[0], pixels[1], pixels[2], pixels[3]) = (a, b, c, d);
    }

    public static Vector128<float> ReadOne(ReadOnlySpan<float> planes, int area, int at)
    {
        var pixel = Vector128.CreateScalar(planes[at]);
        for (var c = 1; c * area < planes.Length; c++) pixel = pixel.WithElement(c, planes[c * area + at]);
        return pixel;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void WriteFour(Span<float> planes, int area, int at, Vector128<float> a, Vector128<float> b, Vector128<float> c,
        Vector128<float> d)
    {
        Transpose(ref a, ref b, ref c, ref d);
        a.CopyTo(planes[at..]);
        if (planes.Length > area) b.CopyTo(planes[(area + at)..]);
        if (planes.Length > 2 * area) c.CopyTo(planes[(2 * area + at)..]);
        if (planes.Length > 3 * area) d.CopyTo(planes[(3 * area + at)..]);
    }

    public static void WriteOne(Span<float> planes, int area, int at, Vector128<float> pixel)
    {
        for (var c = 0; c * area < planes.Length; c++) planes[c * area + at] = pixel[c];
    }

    /// <summary>Rows become columns.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Transpose(ref Vector128<float> a, ref Vector128<float> b, ref Vector128<float> c, ref Vector128<float> d)
    {
        var (ac, bd) = (Lower(a, c), Lower(b, d));                      // a0 c0 a1 c1, b0 d0 b1 d1
        var (upperAc, upperBd) = (Upper(a, c), Upper(b, d));            // a2 c2 a3 c3, b2 d2 b3 d3
        (a, b) = (Lower(ac, bd), Upper(ac, bd));                        // a0 b0 c0 d0, a1 b1 c1 d1
        (c, d) = (Lower(upperAc, upperBd), Upper(upperAc, upperBd));
    }

    /// <summary>x0 y0 x1 y1</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> Lower(Vector128<float> x, Vector128<float> y) =>
        Sse.IsSupported ? Sse.UnpackLow(x, y)
        : AdvSimd.Arm64.IsSupported ? AdvSimd.Arm64.ZipLow(x, y)
        : Vector128.Create(x[0], y[0], x[1], y[1]);

    /// <summary>x2 y2 x3 y3</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> Upper(Vector128<float> x, Vector128<float> y) =>
        Sse.IsSupported ? Sse.UnpackHigh(x, y)
        : AdvSimd.Arm64.IsSupported ? AdvSimd.Arm64.ZipHigh(x, y)
        : Vector128.Create(x[2], y[2], x[3], y[3]);
}
