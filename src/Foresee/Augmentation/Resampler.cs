using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Foresee.Augmentation;

/// <summary>
/// Moves the pixels of a view as its warp says, with bilinear weights. As in PIL a point outside the view is filled, and one in the
/// outermost half pixel takes the edge's value; or the view is mirrored at its edges. Four channels lie side by side while it works, so
/// that one load brings a whole pixel.
/// </summary>
internal sealed class Resampler(int height, int width)
{
    private const int Together = 4;

    private readonly int stride = width + 2;                                               // one pixel of border on each side
    private readonly float[] canvas = new float[Together * (width + 2) * (height + 4)];    // and two rows of fill below
    private readonly int vectors = Vectors(width);                                         // of a row
    private readonly Vector<float>[] columns = Columns(width);
    private readonly Vector<float>[] right = new Vector<float>[Vectors(width)], below = new Vector<float>[Vectors(width)];
    private readonly Vector<int>[] corner = new Vector<int>[Vectors(width)];

    /// <param name="values">[C, height, width], changed in place.</param>
    /// <param name="fill">The value of what lies outside, where that is not mirrored.</param>
    public void Apply(Warp warp, Span<float> values, int channels, float fill, EdgeFill edge = EdgeFill.Black)
    {
        for (var first = 0; first < channels; first += Together)
        {
            var group = values.Slice(first * height * width, Math.Min(Together, channels - first) * height * width);
            Spread(group, fill);
            for (var y = 0; y < height; y++)
            {
                if (edge == EdgeFill.Mirror) Place<Mirrored>(warp, y);
                else Place<Filled>(warp, y);
                Sample(group, y);
            }
        }
    }

    private static int Vectors(int width) => (width + Vector<float>.Count - 1) / Vector<float>.Count;

    /// <summary>Each pixel's centre, from the view's centre; the last vector may go on beyond the view.</summary>
    private static Vector<float>[] Columns(int width)
    {
        var columns = new Vector<float>[Vectors(width)];
        var numbers = MemoryMarshal.Cast<Vector<float>, float>(columns.AsSpan());
        for (var x = 0; x < numbers.Length; x++) numbers[x] = x + 0.5f - width / 2f;
        return columns;
    }

    /// <summary>Planes to the canvas: channels side by side, the edge repeated in the border, and fill below.</summary>
    private void Spread(ReadOnlySpan<float> planes, float fill)
    {
        var pixels = MemoryMarshal.Cast<float, Vector128<float>>(canvas.AsSpan());
        var area = height * width;
        for (var y = 0; y < height; y++)
        {
            var row = pixels.Slice((y + 1) * stride, stride);
            var x = 0;
            for (; x + Together <= width; x += Together) Lanes.ReadFour(planes, area, y * width + x, row[(x + 1)..]);
            for (; x < width; x++) row[x + 1] = Lanes.ReadOne(planes, area, y * width + x);
            (row[0], row[^1]) = (row[1], row[^2]);
        }
        pixels.Slice(stride, stride).CopyTo(pixels);
        pixels.Slice(height * stride, stride).CopyTo(pixels[((height + 1) * stride)..]);
        pixels.Slice((height + 2) * stride, 2 * stride).Fill(Vector128.Create(fill));
    }

    /// <summary>
    /// Of a row of the changed view: which pixel of the canvas is above and left of each point, and how far the point is from it.
    /// </summary>
    private void Place<T>(Warp warp, int y) where T : IEdge
    {
        var map = warp.Map;
        var down = y + 0.5f - height / 2f;
        var startX = new Vector<float>(map.M21 * down + map.M31 + width / 2f);
        var startY = new Vector<float>(map.M22 * down + map.M32 + height / 2f);
        var (endX, endY, outside) = (new Vector<float>(width), new Vector<float>(height),
            new Vector<int>(Together * (height + 2) * stride));
        for (var i = 0; i < vectors; i++)
        {
            var column = columns[i];
            var (x, lineX, lineY) = (column, startX, startY);
            if (warp.IsElastic)
            {
                var (across, displaced) = warp.Displacement(y * width + i * Vector<float>.Count);
                x += across;
                (lineX, lineY) = (lineX + displaced * map.M21, lineY + displaced * map.M22);
            }
            var sourceX = T.Of(x * map.M11 + lineX, endX);
            var sourceY = T.Of(x * map.M12 + lineY, endY);
            var inside = Vector.GreaterThanOrEqual(sourceX, Vector<float>.Zero) & Vector.LessThan(sourceX, endX)
                & Vector.GreaterThanOrEqual(sourceY, Vector<float>.Zero) & Vector.LessThan(sourceY, endY);
            // In the canvas a pixel's centre lies at its index + 1; from here on x and y are at least 0.5.
            sourceX = Vector.ConditionalSelect(inside, sourceX, Vector<float>.Zero) + new Vector<float>(0.5f);
            sourceY = Vector.ConditionalSelect(inside, sourceY, Vector<float>.Zero) + new Vector<float>(0.5f);
            var (left, top) = (Vector.ConvertToInt32Native(sourceX), Vector.ConvertToInt32Native(sourceY));
            right[i] = sourceX - Vector.ConvertToSingle(left);
            below[i] = sourceY - Vector.ConvertToSingle(top);
            corner[i] = Vector.ConditionalSelect(inside, (top * stride + left) * Together, outside);
        }
    }

    /// <summary>
    /// What becomes of a place beyond the edges, which lie at 0 and at an end. A struct, so that its code is compiled into the loop.
    /// </summary>
    private interface IEdge
    {
        static abstract Vector<float> Of(Vector<float> x, Vector<float> end);
    }

    private readonly struct Filled : IEdge
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector<float> Of(Vector<float> x, Vector<float> end) => x;
    }

    /// <summary>0 to just below the end; a number that is none stays none, and is filled.</summary>
    private readonly struct Mirrored : IEdge
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector<float> Of(Vector<float> x, Vector<float> end)
        {
            x = Vector.Abs(x);
            x = Vector.Abs(x - 2 * end * Vector.Floor(x / (2 * end)));
            x = Vector.ConditionalSelect(Vector.GreaterThan(x, end), 2 * end - x, x);
            return Vector.ConditionalSelect(Vector.Equals(x, end), end * (1 - 1e-6f), x);
        }
    }

    /// <summary>Bilinear between the four pixels around each point of a row.</summary>
    private void Sample(Span<float> planes, int y)
    {
        var area = height * width;
        var row = new Points(ref canvas[0], ref Unsafe.As<Vector<int>, int>(ref corner[0]), ref Unsafe.As<Vector<float>,
            float>(ref right[0]),
            ref Unsafe.As<Vector<float>, float>(ref below[0]), (nuint)(Together * stride));
        var x = 0;
        for (; x + Together <= width; x += Together)
            Lanes.WriteFour(planes, area, y * width + x, row.At(x), row.At(x + 1), row.At(x + 2), row.At(x + 3));
        for (; x < width; x++) Lanes.WriteOne(planes, area, y * width + x, row.At(x));
    }

    /// <summary>
    /// The points of a row. Nothing here checks bounds: x is below the width, and <see cref="Place"/> gives only pixels of the canvas that
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
            var pair = Vector256.MultiplyAddEstimate(Vector256.LoadUnsafe(ref pixel, down) - upper,
                Vector256.Create(Unsafe.Add(ref below, x)), upper);
            return Vector128.MultiplyAddEstimate(pair.GetUpper() - pair.GetLower(), Vector128.Create(Unsafe.Add(ref right, x)),
                pair.GetLower());
        }
    }
}
