using System.Buffers.Binary;
using System.Runtime.Intrinsics;
using Foresee.Patches;

namespace Foresee.Augmentation;

/// <summary>The images of a batch, [B, C, height, width], as bytes or as numbers of 0..1; the other span is empty.</summary>
internal readonly ref struct PatchSource(ReadOnlySpan<byte> bytes, ReadOnlySpan<float> numbers, GridGeometry grid, int channels)
{
    private readonly ReadOnlySpan<byte> bytes = bytes;
    private readonly ReadOnlySpan<float> numbers = numbers;

    public GridGeometry Grid => grid;
    public int Images => grid is null ? 0 : (bytes.Length + numbers.Length) / (channels * grid.Height * grid.Width);

    /// <summary>A patch as the grid has it.</summary>
    public void Read(int image, int position, Span<float> patch) =>
        Read(image, position / grid.Columns * grid.Stride, position % grid.Columns * grid.Stride, mirrored: false, patch);

    /// <summary>What a window shows; it may reach beyond the image, which is black (0) there.</summary>
    /// <param name="mirrored">Left to right, within the window.</param>
    /// <param name="patch">[C, p, p]</param>
    public void Read(int image, int top, int left, bool mirrored, Span<float> patch)
    {
        var (side, height, width) = (grid.Patch, grid.Height, grid.Width);
        var (from, to) = (Math.Clamp(-left, 0, side), Math.Clamp(width - left, 0, side)); // columns of the window inside the image
        if (from > 0 || to < side || top < 0 || top + side > height) patch.Clear();
        for (var c = 0; c < channels; c++)
            for (var y = Math.Max(0, -top); y < Math.Min(side, height - top); y++)
            {
                var line = ((image * channels + c) * height + top + y) * width + left + from;
                var row = patch.Slice((c * side + y) * side, side);
                if (bytes.IsEmpty) numbers.Slice(line, to - from).CopyTo(row[from..]);
                else ToNumbers(bytes.Slice(line, to - from), row[from..]);
                if (mirrored) row.Reverse();
            }
    }

    /// <summary>0..255 to 0..1.</summary>
    private static void ToNumbers(ReadOnlySpan<byte> levels, Span<float> values)
    {
        const float Level = 1 / 255f;
        var x = 0;
        for (; x + Vector128<byte>.Count <= levels.Length; x += Vector128<byte>.Count)
        {
            var (lower, upper) = Vector128.Widen(Vector128.Create(levels[x..]));
            ToNumbers(lower, Level, values.Slice(x, Vector128<ushort>.Count));
            ToNumbers(upper, Level, values.Slice(x + Vector128<ushort>.Count, Vector128<ushort>.Count));
        }
        if (x + Vector128<ushort>.Count <= levels.Length)
        {
            ToNumbers(Vector128.WidenLower(Vector128.CreateScalarUnsafe(BinaryPrimitives.ReadUInt64LittleEndian(levels[x..])).AsByte()), Level, values.Slice(x, Vector128<ushort>.Count));
            x += Vector128<ushort>.Count;
        }
        for (; x < levels.Length; x++) values[x] = levels[x] * Level;
    }

    /// <summary>Eight at once.</summary>
    private static void ToNumbers(Vector128<ushort> levels, float level, Span<float> values)
    {
        var (lower, upper) = Vector128.Widen(levels);
        (Vector128.ConvertToSingle(lower.AsInt32()) * level).CopyTo(values);
        (Vector128.ConvertToSingle(upper.AsInt32()) * level).CopyTo(values[Vector128<float>.Count..]);
    }
}
