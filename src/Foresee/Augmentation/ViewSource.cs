using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Foresee.Augmentation;

/// <summary>The images of a batch, [B, C, height, width], as bytes or as numbers of 0..1; the other span is empty.</summary>
internal readonly ref struct ViewSource(ReadOnlySpan<byte> bytes, ReadOnlySpan<float> numbers, int channels, int height, int width)
{
    private readonly ReadOnlySpan<byte> bytes = bytes;
    private readonly ReadOnlySpan<float> numbers = numbers;

    public int Height => height;
    public int Width => width;
    public int Images => channels == 0 ? 0 : (bytes.Length + numbers.Length) / (channels * height * width);

    /// <summary>What a window shows, pixel by pixel.</summary>
    /// <param name="mirrored">Left to right, within the window.</param>
    /// <param name="upsideDown">Top to bottom.</param>
    /// <param name="beyond">The value of what lies beyond the image.</param>
    /// <param name="view">[C, window's height, window's width]</param>
    public void Read(int image, Window window, bool mirrored, bool upsideDown, float beyond, Span<float> view)
    {
        var (top, left) = (window.Top, window.Left);
        // columns of the window inside the image
        var (from, to) = (Math.Clamp(-left, 0, window.Width), Math.Clamp(width - left, 0, window.Width));
        if (from > 0 || to < window.Width || top < 0 || top + window.Height > height) view.Fill(beyond);
        for (var c = 0; c < channels; c++)
            for (var y = Math.Max(0, -top); y < Math.Min(window.Height, height - top); y++)
            {
                var row = view.Slice((c * window.Height + (upsideDown ? window.Height - 1 - y : y)) * window.Width, window.Width);
                ReadRow(image, c, top + y, left + from, row[from..to]);
                if (mirrored) row.Reverse();
            }
    }

    /// <summary>The same, with the image mirrored at its edges as often as the window needs.</summary>
    public void ReadReflected(int image, Window window, bool mirrored, bool upsideDown, Span<float> view)
    {
        for (var c = 0; c < channels; c++)
            for (var y = 0; y < window.Height; y++)
            {
                var row = view.Slice((c * window.Height + (upsideDown ? window.Height - 1 - y : y)) * window.Width, window.Width);
                var line = ((image * channels + c) * height + Reflected(window.Top + y, height)) * width;
                for (var x = 0; x < row.Length; x++)
                {
                    var at = line + Reflected(window.Left + x, width);
                    row[x] = bytes.IsEmpty ? numbers[at] : bytes[at] * Level;
                }
                if (mirrored) row.Reverse();
            }
    }

    /// <summary>Pixels of one row of a channel, all inside the image.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void ReadRow(int image, int channel, int y, int left, Span<float> row)
    {
        var line = ((image * channels + channel) * height + y) * width + left;
        if (bytes.IsEmpty) numbers.Slice(line, row.Length).CopyTo(row);
        else ToNumbers(bytes.Slice(line, row.Length), row);
    }

    /// <summary>.. 1 0 | 0 1 2 .. count-1 | count-1 count-2 ..</summary>
    private static int Reflected(int i, int count)
    {
        i = i < 0 ? -1 - i : i;
        i %= 2 * count;
        return i < count ? i : 2 * count - 1 - i;
    }

    private const float Level = 1 / 255f;

    /// <summary>0..255 to 0..1.</summary>
    private static void ToNumbers(ReadOnlySpan<byte> levels, Span<float> values)
    {
        var x = 0;
        for (; x + Vector128<byte>.Count <= levels.Length; x += Vector128<byte>.Count)
        {
            var (lower, upper) = Vector128.Widen(Vector128.Create(levels[x..]));
            ToNumbers(lower, values.Slice(x, Vector128<ushort>.Count));
            ToNumbers(upper, values.Slice(x + Vector128<ushort>.Count, Vector128<ushort>.Count));
        }
        if (x + Vector128<ushort>.Count <= levels.Length)
        {
            ToNumbers(Vector128.WidenLower(Vector128.CreateScalarUnsafe(BinaryPrimitives.ReadUInt64LittleEndian(levels[x..])).AsByte()),
                values.Slice(x, Vector128<ushort>.Count));
            x += Vector128<ushort>.Count;
        }
        for (; x < levels.Length; x++) values[x] = levels[x] * Level;
    }

    /// <summary>Eight at once.</summary>
    private static void ToNumbers(Vector128<ushort> levels, Span<float> values)
    {
        var (lower, upper) = Vector128.Widen(levels);
        (Vector128.ConvertToSingle(lower.AsInt32()) * Level).CopyTo(values);
        (Vector128.ConvertToSingle(upper.AsInt32()) * Level).CopyTo(values[Vector128<float>.Count..]);
    }
}
