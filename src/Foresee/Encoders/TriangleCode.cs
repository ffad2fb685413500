using System.Numerics;
using System.Runtime.InteropServices;
using Foresee.Torch;

namespace Foresee.Encoders;

/// <summary>
/// The triangle code of all patches of an image, pooled, without ever holding it: distances of a block of patches come from one matrix
/// product, and each row of them goes through the cache twice.
/// </summary>
internal static class TriangleCode
{
    /// <summary>The places of a cell along a side of so many.</summary>
    public static (int From, int To) Cell(int places, int cells, int cell) =>
        ((cell * places + cells - 1) / cells, ((cell + 1) * places + cells - 1) / cells);

    /// <param name="patches">[h·w, S]</param>
    /// <param name="weights">[S, K]</param>
    /// <param name="offsets">[K]</param>
    /// <param name="norms">[h·w], squared lengths of the whitened patches.</param>
    /// <param name="grid">[down, across, K] of zeros; receives the means over its cells.</param>
    public static void Pool(Tensor patches, Tensor weights, Tensor offsets, Tensor norms, int rows, int columns, Tensor grid, int block)
    {
        var (down, across, count) = ((int)grid.Size(0), (int)grid.Size(1), (int)grid.Size(2));
        var sums = grid.Data<float>();
        var lengths = norms.Data<float>();
        var constants = offsets.Data<float>();
        for (var from = 0; from < rows * columns; from += block)
        {
            using var scope = TensorScope.Begin();
            var products = patches.Narrow(0, from, Math.Min(block, rows * columns - from)).MatMul(weights);
            var values = products.Data<float>();
            for (var i = 0; i < products.Size(0); i++)
            {
                var (row, column) = ((from + i) / columns, (from + i) % columns);
                var cell = row * down / rows * across + column * across / columns;
                Add(values.Slice(i * count, count), constants, lengths[from + i], sums.Slice(cell * count, count));
            }
        }
        for (var r = 0; r < down; r++)
            for (var c = 0; c < across; c++)
            {
                var ((top, bottom), (left, right)) = (Cell(rows, down, r), Cell(columns, across, c));
                var share = 1f / ((bottom - top) * (right - left));
                foreach (ref var value in sums.Slice((r * across + c) * count, count)) value *= share;
            }
    }

    /// <summary>sums += max(0, mean z - z), z = √max(0, length + constant - 2 product); the products are overwritten by z.</summary>
    private static void Add(Span<float> products, ReadOnlySpan<float> constants, float length, Span<float> sums)
    {
        var z = MemoryMarshal.Cast<float, Vector<float>>(products);
        var c = MemoryMarshal.Cast<float, Vector<float>>(constants);
        var s = MemoryMarshal.Cast<float, Vector<float>>(sums);
        var (lengths, total) = (new Vector<float>(length), Vector<float>.Zero);
        for (var i = 0; i < z.Length; i++)
        {
            z[i] = Vector.SquareRoot(Vector.Max(Vector<float>.Zero, lengths + c[i] - 2 * z[i]));
            total += z[i];
        }
        var sum = Vector.Sum(total);
        for (var i = z.Length * Vector<float>.Count; i < products.Length; i++)
        {
            products[i] = MathF.Sqrt(MathF.Max(0, length + constants[i] - 2 * products[i]));
            sum += products[i];
        }
        var mean = sum / products.Length;
        var means = new Vector<float>(mean);
        for (var i = 0; i < z.Length; i++) s[i] += Vector.Max(Vector<float>.Zero, means - z[i]);
        for (var i = z.Length * Vector<float>.Count; i < products.Length; i++) sums[i] += MathF.Max(0, mean - products[i]);
    }
}
