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
    private readonly int lanes = (side + Vector<float>.Count - 1) / Vector<float>.Count;
    private readonly Vector<float>[] columns = Columns(side);
    private readonly Vector<float>[] right = new Vector<float>[Lanes(side)], below = new Vector<float>[Lanes(side)];
    private readonly Vector<int>[] corner = new Vector<int>[Lanes(side)];

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

    private static int Lanes(int side) => (side + Vector<float>.Count - 1) / Vector<float>.Count;

    /// <summary>Each pixel's centre, from the patch's centre; the last vector may go on beyond the patch.</summary>
    private static Vector<float>[] Columns(int side)
    {
        var columns = new Vector<float>[Lanes(side)];
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
            var from = planes[(y * side)..];
            for (var x = 0; x < side; x++)
            {
                row[x + 1] = planes.Length == area ? Vector128.CreateScalarUnsafe(from[x])
                    : planes.Length == 3 * area ? Vector128.Create(from[x], from[area + x], from[2 * area + x], 0)
                    : Vector128.Create(from[x], from[area + x], planes.Length > 2 * area ? from[2 * area + x] : 0, planes.Length > 3 * area ? from[3 * area + x] : 0);
            }
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
        var (end, outside) = (new Vector<float>(side), new Vector<int>((side + 2) * stride));
        for (var i = 0; i < lanes; i++)
        {
            var column = columns[i];
            var (x, lineX, lineY) = (column, startX, startY);
            if (warp.IsElastic)
            {
                x += Lane(warp.Across, y, i);
                var displaced = Lane(warp.Down, y, i);
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
            corner[i] = Vector.ConditionalSelect(inside, top * stride + left, outside);
        }
    }

    private Vector<float> Lane(Span<float> field, int y, int i)
    {
        var from = field[(y * side + i * Vector<float>.Count)..];
        if (from.Length >= Vector<float>.Count) return new(from);
        Span<float> rest = stackalloc float[Vector<float>.Count];
        rest.Clear();
        from.CopyTo(rest);
        return new(rest);
    }

    private static Vector128<float> Between(Vector128<float> a, Vector128<float> b, Vector128<float> share) => Vector128.MultiplyAddEstimate(b - a, share, a);

    /// <summary>Bilinear between the four pixels around each point of a row.</summary>
    private void Sample(Span<float> planes, int y)
    {
        // Without checks of bounds: Place only gives pixels of the canvas that have a neighbour to the right and below.
        ref var pixels = ref Unsafe.As<float, Vector128<float>>(ref MemoryMarshal.GetArrayDataReference(canvas));
        ref var lower = ref Unsafe.Add(ref pixels, stride);
        var corners = MemoryMarshal.Cast<Vector<int>, int>(corner.AsSpan())[..side];
        var rights = MemoryMarshal.Cast<Vector<float>, float>(right.AsSpan())[..side];
        var belows = MemoryMarshal.Cast<Vector<float>, float>(below.AsSpan())[..side];
        var area = side * side;
        var channels = planes.Length / area;
        ref var to = ref planes[y * side];
        for (var x = 0; x < side; x++)
        {
            var at = (nint)corners[x];
            var across = Vector128.Create(rights[x]);
            var above = Between(Unsafe.Add(ref pixels, at), Unsafe.Add(ref pixels, at + 1), across);
            var value = Between(above, Between(Unsafe.Add(ref lower, at), Unsafe.Add(ref lower, at + 1), across), Vector128.Create(belows[x]));
            Unsafe.Add(ref to, x) = value.ToScalar();
            if (channels == 1) continue;
            Unsafe.Add(ref to, area + x) = value.GetElement(1);
            if (channels == 2) continue;
            Unsafe.Add(ref to, 2 * area + x) = value.GetElement(2);
            if (channels == Together) Unsafe.Add(ref to, 3 * area + x) = value.GetElement(3);
        }
    }
}
