using System.Numerics;
using System.Runtime.InteropServices;
using Foresee.Torch;

namespace Foresee.Encoders.Spectral;

/// <summary>β = P a / ‖P a‖ of each place, and its means over cells that overlap.</summary>
internal sealed class PooledEmbedding
{
    private readonly float[] table, signs, beta;
    private readonly SpectralEncoderOptions options;
    private readonly int rows, columns, down, across;

    /// <param name="table">[h, D]</param>
    /// <param name="signs">[D]: what a mirror image adds is this times as much.</param>
    public PooledEmbedding(Tensor table, Tensor signs, SpectralEncoderOptions options, int rows, int columns)
    {
        (this.options, this.rows, this.columns) = (options, rows, columns);
        (down, across) = (options.Cells(rows), options.Cells(columns));
        (this.table, this.signs, beta) = (table.ToArray<float>(), signs.ToArray<float>(), new float[options.Vectors]);
    }

    /// <param name="grid">Zeros; receives [down, across, D].</param>
    public void Pool(SparseCodes codes, Span<float> grid)
    {
        var width = beta.Length;
        for (var row = 0; row < rows; row++)
            for (var column = 0; column < columns; column++)
            {
                if (!Embed(codes.All[codes.At(row * columns + column)])) continue;
                var ((top, bottom), (left, right)) = (CellsOf(row, down), CellsOf(column, across));
                for (var y = top; y < bottom; y++)
                    for (var x = left; x < right; x++) AddTo(grid.Slice((y * across + x) * width, width), beta);
            }
        var share = 1f / (Math.Min(options.Pool, rows) * Math.Min(options.Pool, columns));
        foreach (ref var value in grid) value *= share;
    }

    /// <summary>The cells that hold a place: those from ⌈(place - pool + 1) / stride⌉ to place / stride.</summary>
    private (int From, int To) CellsOf(int place, int cells) =>
        (Math.Max(0, (place - options.Pool + options.PoolStride) / options.PoolStride), Math.Min(cells, place / options.PoolStride + 1));

    /// <returns>Whether the place has a code.</returns>
    private bool Embed(ReadOnlySpan<ushort> atoms)
    {
        if (atoms.Length == 0) return false;
        var width = beta.Length;
        Array.Clear(beta);
        foreach (var atom in atoms)
            if (atom % 2 == 0) AddTo(beta, table.AsSpan(atom / 2 * width, width));
            else AddProduct(beta, table.AsSpan(atom / 2 * width, width), signs);
        var squares = 0f;
        foreach (var value in beta) squares += value * value;
        if (!(squares > 0)) return false;
        var scale = 1 / MathF.Sqrt(squares);
        foreach (ref var value in beta.AsSpan()) value *= scale;
        return true;
    }

    private static void AddTo(Span<float> sums, ReadOnlySpan<float> values)
    {
        var s = MemoryMarshal.Cast<float, Vector<float>>(sums);
        var v = MemoryMarshal.Cast<float, Vector<float>>(values);
        for (var i = 0; i < s.Length; i++) s[i] += v[i];
        for (var i = s.Length * Vector<float>.Count; i < sums.Length; i++) sums[i] += values[i];
    }

    private static void AddProduct(Span<float> sums, ReadOnlySpan<float> values, ReadOnlySpan<float> factors)
    {
        var s = MemoryMarshal.Cast<float, Vector<float>>(sums);
        var v = MemoryMarshal.Cast<float, Vector<float>>(values);
        var f = MemoryMarshal.Cast<float, Vector<float>>(factors);
        for (var i = 0; i < s.Length; i++) s[i] += v[i] * f[i];
        for (var i = s.Length * Vector<float>.Count; i < sums.Length; i++) sums[i] += values[i] * factors[i];
    }
}
