using System.Numerics.Tensors;

namespace Foresee.Inference.Suggesting;

/// <summary>Features of images, one row each: [N, K] row by row.</summary>
public sealed class FeatureRows
{
    private readonly float[] values;
    private readonly float[] squares; // [N] |x|²

    /// <param name="values">[N · K], kept, not copied.</param>
    /// <param name="width">K</param>
    /// <exception cref="ArgumentException">No rows, a rest that is no whole row, or a number that is not finite.</exception>
    public FeatureRows(float[] values, int width)
    {
        if (width < 1 || values.Length == 0 || values.Length % width != 0)
            throw new ArgumentException($"Features need one or more rows of {width} numbers, got {values.Length} numbers.", nameof(values));
        var strange = Array.FindIndex(values, value => !float.IsFinite(value));
        if (strange >= 0)
            throw new ArgumentException($"Features must be finite, got {values[strange]} in row {strange / width}; was the encoder trained "
                + "until its loss was no number?", nameof(values));
        (this.values, Width, Count) = (values, width, values.Length / width);
        squares = new float[Count];
        for (var i = 0; i < Count; i++) squares[i] = TensorPrimitives.SumOfSquares(this[i]);
    }

    /// <summary>N</summary>
    public int Count { get; }

    /// <summary>K</summary>
    public int Width { get; }

    /// <summary>[K]</summary>
    public ReadOnlySpan<float> this[int row] => values.AsSpan(row * Width, Width);

    /// <summary>|x - y|² = |x|² + |y|² - 2 x·y, of row i here and row j there.</summary>
    internal float SquaredDistance(int i, FeatureRows others, int j) =>
        MathF.Max(0, squares[i] + others.squares[j] - 2 * TensorPrimitives.Dot(this[i], others[j]));

    /// <summary>Those rows in that order, copied.</summary>
    public FeatureRows Select(IReadOnlyList<int> rows)
    {
        var chosen = new float[rows.Count * Width];
        for (var i = 0; i < rows.Count; i++) this[rows[i]].CopyTo(chosen.AsSpan(i * Width));
        return new(chosen, Width);
    }
}
