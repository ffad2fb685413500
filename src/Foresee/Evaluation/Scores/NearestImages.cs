using System.Numerics.Tensors;

namespace Foresee.Evaluation.Scores;

/// <summary>Which images lie nearest to which, by the cosine of their features; without the engine, for some thousands of images.</summary>
/// <param name="Rows">[N] of each image the nearest others, the nearest first.</param>
public sealed record NearestImages(IReadOnlyList<IReadOnlyList<Neighbour>> Rows)
{
    /// <param name="features">[N, K], row by row; a row of zeros is like nothing.</param>
    /// <param name="count">Of the nearest, at most N - 1.</param>
    public static NearestImages Among(ReadOnlySpan<float> features, int width, int count)
    {
        var unit = Unit(features, width);
        var total = unit.Length / width;
        var nearest = new Neighbour[total][];
        var near = new float[total];
        for (var i = 0; i < total; i++)
        {
            var row = unit.AsSpan(i * width, width);
            for (var j = 0; j < total; j++) near[j] = -TensorPrimitives.Dot(row, unit.AsSpan(j * width, width));
            near[i] = float.PositiveInfinity; // no image is its own neighbour
            nearest[i] = Least(near, Math.Min(count, total - 1));
        }
        return new(nearest);
    }

    /// <summary>Rows of length 1; zeros stay.</summary>
    public static float[] Unit(ReadOnlySpan<float> features, int width)
    {
        var unit = features.ToArray();
        for (var i = 0; i < unit.Length; i += width)
        {
            var row = unit.AsSpan(i, width);
            if (TensorPrimitives.Norm(row) is > 0 and var length) TensorPrimitives.Divide(row, length, row);
        }
        return unit;
    }

    private static Neighbour[] Least(float[] distances, int count)
    {
        var found = new Neighbour[count];
        for (var k = 0; k < count; k++)
        {
            var best = TensorPrimitives.IndexOfMin<float>(distances);
            found[k] = new(best, -distances[best]);
            distances[best] = float.PositiveInfinity;
        }
        return found;
    }
}

/// <param name="Image">Its number.</param>
/// <param name="Similarity">Cosine, -1 to 1.</param>
public sealed record Neighbour(int Image, double Similarity);
