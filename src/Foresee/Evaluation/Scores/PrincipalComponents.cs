using System.Numerics.Tensors;

namespace Foresee.Evaluation.Scores;

/// <summary>
/// The directions in which rows vary most, by subspace iteration (Halko, Martinsson and Tropp 2011, algorithm 4.4) and a small
/// eigenproblem; without the engine, for some thousands of rows.
/// </summary>
/// <param name="Scores">[N, components] coordinates of the centred rows, row by row.</param>
/// <param name="Explained">[components] share of the whole variance, falling.</param>
public sealed record PrincipalComponents(float[] Scores, IReadOnlyList<double> Explained)
{
    private const int Spare = 10, Iterations = 8;

    /// <param name="rows">[N, K], row by row.</param>
    /// <param name="components">At most min(N - 1, K) are given.</param>
    public static PrincipalComponents Of(ReadOnlySpan<float> rows, int width, int components)
    {
        var total = rows.Length / width;
        var centred = Centre(rows, width);
        var whole = (double)TensorPrimitives.SumOfSquares<float>(centred);
        var wanted = Math.Min(components, Math.Min(total - 1, width));
        var size = Math.Min(wanted + Spare, Math.Min(total, width));
        if (wanted < 1 || whole == 0) return new(new float[total * components], new double[components]);

        var basis = Orthonormal(Random(size, width), width);                                          // [size, K]
        for (var i = 0; i < Iterations; i++) basis = Orthonormal(Back(Project(centred, basis, width), centred, width), width);
        var projected = Project(centred, basis, width);                                               // [size, N]
        var (values, vectors) = SymmetricEigen.Of(Products(projected, total));
        var scores = new float[total * components];
        for (var c = 0; c < wanted; c++)
            for (var b = 0; b < size; b++)
                for (var i = 0; i < total; i++) scores[i * components + c] += (float)vectors[c][b] * projected[b][i];
        return new(scores, [.. Enumerable.Range(0, components).Select(c => c < wanted ? Math.Max(0, values[c]) / whole : 0)]);
    }

    private static float[] Centre(ReadOnlySpan<float> rows, int width)
    {
        var (total, mean, centred) = (rows.Length / width, new double[width], rows.ToArray());
        for (var i = 0; i < rows.Length; i++) mean[i % width] += rows[i];
        for (var i = 0; i < rows.Length; i++) centred[i] -= (float)(mean[i % width] / total);
        return centred;
    }

    private static float[][] Random(int size, int width)
    {
        var random = new Random(0); // any directions do, but the same ones each time
        float[] Direction() => [.. Enumerable.Range(0, width).Select(_ => (float)(random.NextDouble() - 0.5))];
        return [.. Enumerable.Range(0, size).Select(_ => Direction())];
    }

    /// <summary>[size, N]: the products of each direction and each row.</summary>
    private static float[][] Project(float[] rows, float[][] basis, int width)
    {
        var projected = Array.ConvertAll(basis, _ => new float[rows.Length / width]);
        for (var i = 0; i < rows.Length / width; i++)
            for (var b = 0; b < basis.Length; b++) projected[b][i] = TensorPrimitives.Dot(rows.AsSpan(i * width, width), basis[b]);
        return projected;
    }

    /// <summary>[size, K]: sums of rows, weighted.</summary>
    private static float[][] Back(float[][] weights, float[] rows, int width)
    {
        var sums = Array.ConvertAll(weights, _ => new float[width]);
        for (var i = 0; i < rows.Length / width; i++)
            for (var b = 0; b < weights.Length; b++)
                TensorPrimitives.MultiplyAdd(rows.AsSpan(i * width, width), weights[b][i], sums[b], sums[b]);
        return sums;
    }

    /// <summary>By Gram and Schmidt, twice, since once is not enough in f32 (Giraud et al. 2005).</summary>
    private static float[][] Orthonormal(float[][] rows, int width)
    {
        for (var b = 0; b < rows.Length; b++)
        {
            Scale(rows[b]);
            for (var pass = 0; pass < 2; pass++)
                for (var earlier = 0; earlier < b; earlier++)
                    TensorPrimitives.MultiplyAdd(rows[earlier], -TensorPrimitives.Dot<float>(rows[earlier], rows[b]), rows[b], rows[b]);
            Scale(rows[b]);
        }
        return rows;
    }

    private static void Scale(float[] row)
    {
        if (TensorPrimitives.Norm<float>(row) is > 1e-6f and var length) TensorPrimitives.Divide(row, length, row);
        else Array.Clear(row); // the rows have no further direction
    }

    private static double[,] Products(float[][] rows, int length)
    {
        var products = new double[rows.Length, rows.Length];
        for (var a = 0; a < rows.Length; a++)
            for (var b = 0; b <= a; b++)
            {
                var sum = 0.0;
                for (var i = 0; i < length; i++) sum += (double)rows[a][i] * rows[b][i];
                products[a, b] = products[b, a] = sum;
            }
        return products;
    }
}
