using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Foresee.Images.Decoding;

/// <summary>
/// A picture brought to a size by a separable filter, in one pass over its rows, which may come a few at a time:
///   out[y, x] = sum_k u[y, k] sum_l v[x, l] in[k, l],   weights of a row summing to 1 (<see cref="Taps"/>).
/// It just covers the size, and its longer side is cropped around the centre. The sums run in the order of the rows, whatever their
/// number at a time, so a picture read in strips gives the same bytes as one in memory.
/// </summary>
internal sealed class Reduction
{
    private readonly Taps down, across;
    private readonly int rows, rowBytes, channels, width;
    private readonly List<float[]> sums = []; // of the rows of the result that are under way, the topmost first
    private readonly Stack<float[]> free = new();
    private int received, done;

    /// <param name="rows">Height of the source.</param>
    /// <param name="columns">Width of the source.</param>
    public Reduction(int rows, int columns, int channels, int height, int width)
    {
        (this.rows, this.channels, this.width, rowBytes) = (rows, channels, width, columns * channels);
        var factor = Factor(rows, columns, height, width);
        int Covered(int size, int least) => Math.Max(least, (int)Math.Round(size / factor, MidpointRounding.AwayFromZero));
        (down, across) = (Taps.Down(rows, Covered(rows, height), height), Taps.Across(columns, Covered(columns, width), width));
        Pixels = new byte[height * width * channels];
    }

    /// <summary>Height x Width x Channels, whole once every row was added.</summary>
    public byte[] Pixels { get; }

    /// <summary>How many times larger a picture is than the smallest that covers the size; below 1 it must be enlarged.</summary>
    public static double Factor(int rows, int columns, int height, int width) => Math.Min((double)columns / width, (double)rows / height);

    /// <summary>The next rows from the top.</summary>
    public void Add(ReadOnlySpan<byte> strip, int count)
    {
        var end = received + count;
        for (var i = 0; done + i < down.First.Length && down.First[done + i] < end; i++)
        {
            var y = done + i;
            if (i == sums.Count) sums.Add(Cleared());
            AddTo(sums[i], y, strip, end);
            if (down.First[y] + down.Width > end) continue;
            Finish(y); // rows end in their order, so it is the topmost
            i--;
        }
        received = end;
    }

    private void AddTo(float[] sum, int y, ReadOnlySpan<byte> strip, int end)
    {
        var from = Math.Max(down.First[y], received);
        var weights = down.Of(y)[(from - down.First[y])..Math.Min(down.Width, end - down.First[y])];
        AddRows(strip[((from - received) * rowBytes)..], rowBytes, weights, sum);
    }

    private void Finish(int y)
    {
        var sum = sums[0];
        sums.RemoveAt(0);
        var to = Pixels.AsSpan(y * width * channels, width * channels);
        if (channels == 3) AlongColours(sum, across, to);
        else Along(sum, across, to, channels);
        free.Push(sum);
        done++;
    }

    private float[] Cleared()
    {
        if (!free.TryPop(out var sum)) return new float[rowBytes + 1]; // colours are read four at a time, the last of which is not used
        Array.Clear(sum);
        return sum;
    }

    /// <summary>sum[i] += weight_k · row_k[i]; a block of columns stays in registers over all rows.</summary>
    private static void AddRows(ReadOnlySpan<byte> rows, int length, ReadOnlySpan<float> weights, Span<float> sum)
    {
        var (block, lane) = (Vector<byte>.Count, Vector<float>.Count);
        ref var first = ref MemoryMarshal.GetReference(rows);
        ref var target = ref MemoryMarshal.GetReference(sum);
        var i = 0;
        for (; i <= length - block; i += block)
        {
            ref var to = ref Unsafe.Add(ref target, i);
            var (a, b) = (Vector.LoadUnsafe(ref to), Vector.LoadUnsafe(ref to, (nuint)lane));
            var (c, d) = (Vector.LoadUnsafe(ref to, (nuint)(2 * lane)), Vector.LoadUnsafe(ref to, (nuint)(3 * lane)));
            for (var k = 0; k < weights.Length; k++)
            {
                var weight = new Vector<float>(weights[k]);
                Vector.Widen(Vector.LoadUnsafe(ref first, (nuint)(k * length + i)), out var low, out var high);
                Vector.Widen(low, out var w, out var x);
                Vector.Widen(high, out var y, out var z);
                a += weight * Vector.ConvertToSingle(Vector.AsVectorInt32(w));
                b += weight * Vector.ConvertToSingle(Vector.AsVectorInt32(x));
                c += weight * Vector.ConvertToSingle(Vector.AsVectorInt32(y));
                d += weight * Vector.ConvertToSingle(Vector.AsVectorInt32(z));
            }
            a.StoreUnsafe(ref to);
            b.StoreUnsafe(ref to, (nuint)lane);
            c.StoreUnsafe(ref to, (nuint)(2 * lane));
            d.StoreUnsafe(ref to, (nuint)(3 * lane));
        }
        for (; i < length; i++)
            for (var k = 0; k < weights.Length; k++) sum[i] += weights[k] * rows[k * length + i];
    }

    private static byte Rounded(float value) => (byte)Math.Clamp(value + 0.5f, 0, 255);

    private static void AlongColours(float[] row, Taps taps, Span<byte> to)
    {
        for (var x = 0; x < taps.First.Length; x++)
        {
            var (sum, at) = (Vector128<float>.Zero, taps.First[x] * 3);
            foreach (var weight in taps.Of(x))
            {
                sum += weight * Vector128.LoadUnsafe(ref row[0], (nuint)at);
                at += 3;
            }
            for (var c = 0; c < 3; c++) to[3 * x + c] = Rounded(sum[c]);
        }
    }

    private static void Along(float[] row, Taps taps, Span<byte> to, int channels)
    {
        for (var x = 0; x < taps.First.Length; x++)
            for (var c = 0; c < channels; c++)
            {
                var (sum, at) = (0f, taps.First[x] * channels + c);
                foreach (var weight in taps.Of(x))
                {
                    sum += weight * row[at];
                    at += channels;
                }
                to[channels * x + c] = Rounded(sum);
            }
    }
}
