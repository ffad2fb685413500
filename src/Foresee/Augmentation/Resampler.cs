using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Foresee.Augmentation;

/// <summary>
/// Moves the pixels of a patch as its warp says, with bilinear weights. As in PIL a point outside the patch's square is filled, and one
/// in the outermost half pixel takes the edge's value. Four channels lie side by side while it works, so that one load brings a whole pixel.
/// </summary>
internal sealed class Resampler(int side)
{
    private const int Together = 4;

    private readonly int stride = side + 2;                                                // one pixel of border on each side
    private readonly float[] canvas = new float[Together * (side + 2) * (side + 4)];       // and two rows of fill below
    private readonly int vectors = Vectors(side);                                          // of a row
    private readonly Vector<float>[] columns = Columns(side);
    private readonly Vector<float>[] right = new Vector<float>[Vectors(side)], below = new Vector<float>[Vectors(side)];
    private readonly Vector<int>[] corner = new Vector<int>[Vectors(side)];

    /// <param name="values">[C, p, p], changed in place.</param>
    public void Apply(PatchWarp warp, Span<float> values, int channels, float fill)
    {
        for (var first = 0; first < channels; first += Together)
        {
            var group = values.Slice(first * side * side, Math.Min(Together, channels - first) * side * side);
            Spread(group, fill);
            for (var y = 0; y < side; y++)
            {
                Place(warp, y);
                Sample(group, y);
            }
        }
    }

    private static int Vectors(int side) => (side + Vector<float>.Count - 1) / Vector<float>.Count;

    /// <summary>Each pixel's centre, from the patch's centre; the last vector may go on beyond the patch.</summary>
    private static Vector<float>[] Columns(int side)
    {
        var columns = new Vector<float>[Vectors(side)];
        var numbers = MemoryMarshal.Cast<Vector<float>, float>(columns.AsSpan());
        for (var x = 0; x < numbers.Length; x++) numbers[x] = x + 0.5f - side / 2f;
        return columns;
    }

    /// <summary>Planes to the canvas: channels side by side, the edge repeated in the border, and fill below.</summary>
    private void Spread(ReadOnlySpan<float> planes, float fill)
    {
        var pixels = MemoryMarshal.Cast<float, Vector128<float>>(canvas.AsSpan());
        var area = side * side;
        for (var y = 0; y < side; y++)
        {
            var row = pixels.Slice((y + 1) * stride, stride);
            var x = 0;
            for (; x + Together <= side; x += Together) ReadFour(planes, area, y * side + x, row[(x + 1)..]);
            for (; x < side; x++) row[x + 1] = ReadOne(planes, area, y * side + x);
            (row[0], row[^1]) = (row[1], row[^2]);
        }
        pixels.Slice(stride, stride).CopyTo(pixels);
        pixels.Slice(side * stride, stride).CopyTo(pixels[((side + 1) * stride)..]);
        pixels.Slice((side + 2) * stride, 2 * stride).Fill(Vector128.Create(fill));
    }

    /// <summary>Of a row of the changed patch: which pixel of the canvas is above and left of each point, and how far the point is from it.</summary>
    private void Place(PatchWarp warp, int y)
    {
        var map = warp.Map;
        var half = side / 2f;
        var down = y + 0.5f - half;
        var (startX, startY) = (new Vector<float>(map.M21 * down + map.M31 + half), new Vector<float>(map.M22 * down + map.M32 + half));
        var (end, outside) = (new Vector<float>(side), new Vector<int>(Together * (side + 2) * stride));
        for (var i = 0; i < vectors; i++)
        {
            var column = columns[i];
            var (x, lineX, lineY) = (column, startX, startY);
            if (warp.IsElastic)
            {
                var (across, displaced) = warp.Displacement(y * side + i * Vector<float>.Count);
                x += across;
                (lineX, lineY) = (lineX + displaced * map.M21, lineY + displaced * map.M22);
            }
            var sourceX = x * map.M11 + lineX;
            var sourceY = x * map.M12 + lineY;
            var inside = Vector.GreaterThanOrEqual(sourceX, Vector<float>.Zero) & Vector.LessThan(sourceX, end)
                & Vector.GreaterThanOrEqual(sourceY, Vector<float>.Zero) & Vector.LessThan(sourceY, end);
            // In the canvas a pixel's centre lies at its index + 1; from here on x and y are at least 0.5.
            sourceX = Vector.ConditionalSelect(inside, sourceX, Vector<float>.Zero) + new Vector<float>(0.5f);
            sourceY = Vector.ConditionalSelect(inside, sourceY, Vector<float>.Zero) + new Vector<float>(0.5f);
            var (left, top) = (Vector.ConvertToInt32Native(sourceX), Vector.ConvertToInt32Native(sourceY));
            right[i] = sourceX - Vector.ConvertToSingle(left);
            below[i] = sourceY - Vector.ConvertToSingle(top);
            corner[i] = Vector.ConditionalSelect(inside, (top * stride + left) * Together, outside);
        }
    }

    /// <summary>Four pixels of up to four planes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void ReadFour(ReadOnlySpan<float> planes, int area, int at, Span<Vector128<float>> pixels)
    {
        var a = Vector128.Create(planes[at..]);
        var b = planes.Length > area ? Vector128.Create(planes[(area + at)..]) : default;
        var c = planes.Length > 2 * area ? Vector128.Create(planes[(2 * area + at)..]) : default;
        var d = planes.Length > 3 * area ? Vector128.Create(planes[(3 * area + at)..]) : default;
        Lanes.Transpose(ref a, ref b, ref c, ref d);
        (pixels[0], pixels[1], pixels[2], pixels[3]) = (a, b, c, d);
    }

    private static Vector128<float> ReadOne(ReadOnlySpan<float> planes, int area, int at)
    {
        var pixel = Vector128.CreateScalar(planes[at]);
        for (var c = 1; c * area < planes.Length; c++) pixel = pixel.WithElement(c, planes[c * area + at]);
        return pixel;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void WriteFour(Span<float> planes, int area, int at, Vector128<float> a, Vector128<float> b, Vector128<float> c, Vector128<float> d)
    {
        Lanes.Transpose(ref a, ref b, ref c, ref d);
        a.CopyTo(planes[at..]);
        if (planes.Length > area) b.CopyTo(planes[(area + at)..]);
        if (planes.Length > 2 * area) c.CopyTo(planes[(2 * area + at)..]);
        if (planes.Length > 3 * area) d.CopyTo(planes[(3 * area + at)..]);
    }

    private static void WriteOne(Span<float> planes, int area, int at, Vector128<float> pixel)
    {
        for (var c = 0; c * area < planes.Length; c++) planes[c * area + at] = pixel[c];
    }

    /// <summary>Bilinear between the four pixels around each point of a row.</summary>
    private void Sample(Span<float> planes, int y)
    {
        var area = side * side;
        var row = new Points(ref canvas[0], ref Unsafe.As<Vector<int>, int>(ref corner[0]), ref Unsafe.As<Vector<float>, float>(ref right[0]),
            ref Unsafe.As<Vector<float>, float>(ref below[0]), (nuint)(Together * stride));
        var x = 0;
        for (; x + Together <= side; x += Together) WriteFour(planes, area, y * side + x, row.At(x), row.At(x + 1), row.At(x + 2), row.At(x + 3));
        for (; x < side; x++) WriteOne(planes, area, y * side + x, row.At(x));
    }

    /// <summary>
    /// The points of a row. Nothing here checks bounds: x is below the side, and <see cref="Place"/> gives only pixels of the canvas that
    /// have a neighbour to the right and below.
    /// </summary>
    private readonly ref struct Points(ref float canvas, ref int corner, ref float right, ref float below, nuint down)
    {
        private readonly ref float canvas = ref canvas, right = ref right, below = ref below;
        private readonly ref int corner = ref corner;

        /// <summary>Downwards between two pairs of neighbours at once, then between the two: one load brings a pair.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector128<float> At(nint x)
        {
            ref var pixel = ref Unsafe.Add(ref canvas, (nint)Unsafe.Add(ref corner, x));
            var upper = Vector256.LoadUnsafe(ref pixel);
            var pair = Vector256.MultiplyAddEstimate(Vector256.LoadUnsafe(ref pixel, down) - upper, Vector256.Create(Unsafe.Add(ref below, x)), upper);
            return Vector128.MultiplyAddEstimate(pair.GetUpper() - pair.GetLower(), Vector128.Create(Unsafe.Add(ref right, x)), pair.GetLower());
        }
    }
}
