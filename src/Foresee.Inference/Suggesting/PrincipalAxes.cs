using System.Numerics.Tensors;
using Foresee.Images;

namespace Foresee.Inference.Suggesting;

/// <summary>
/// The leading eigenvectors v_i and eigenvalues λ_i of XᵀX / N, by subspace iteration from a random basis (Halko, Martinsson and Tropp,
/// 2011, algorithm 4.4): again and again XᵀX times the basis, made orthonormal; then the small matrix of the basis by Jacobi's rotations.
/// </summary>
internal static class PrincipalAxes
{
    private const int Iterations = 6, Oversampling = 16, Sweeps = 30;

    /// <param name="rows">X: [N, K], each column of mean 0.</param>
    /// <returns>Axes [count][K], of length 1, and their eigenvalues, falling; fewer where K or N is less.</returns>
    public static (float[][] Axes, double[] Values) Of(FeatureRows rows, int count, int threads, CancellationToken cancel)
    {
        count = Math.Min(count, Math.Min(rows.Width, rows.Count));
        var (width, random) = (Math.Min(Math.Min(rows.Width, rows.Count), count + Oversampling), new SeededOrder(0));
        var basis = new float[width][];
        for (var b = 0; b < width; b++) basis[b] = [.. Enumerable.Range(0, rows.Width).Select(_ => (float)(random.Below(2001) - 1000))];
        Orthonormalise(basis);
        for (var i = 0; i < Iterations; i++)
        {
            basis = Times(rows, basis, threads, cancel);
            Orthonormalise(basis);
        }
        var product = Times(rows, basis, threads, cancel);                              // [w][K]: XᵀX v / N
        var small = new double[width, width];
        for (var a = 0; a < width; a++)
            for (var b = 0; b < width; b++) small[a, b] = TensorPrimitives.Dot(basis[a], product[b]);
        var (values, vectors) = Jacobi(small);
        int[] order = [.. Enumerable.Range(0, width).OrderByDescending(i => values[i]).Take(count)];
        return ([.. order.Select(i => Combined(basis, vectors, i))], [.. order.Select(i => Math.Max(0, values[i]))]);
    }

    /// <summary>XᵀX v / N for each v of the basis.</summary>
    private static float[][] Times(FeatureRows rows, float[][] basis, int threads, CancellationToken cancel)
    {
        var result = new float[basis.Length][];
        var options = new ParallelOptions { MaxDegreeOfParallelism = threads, CancellationToken = cancel };
        Parallel.For(0, basis.Length, options, b =>
        {
            var sum = new float[rows.Width];
            for (var i = 0; i < rows.Count; i++)
                TensorPrimitives.MultiplyAdd(rows[i], TensorPrimitives.Dot(rows[i], basis[b]) / rows.Count, sum, sum);
            result[b] = sum;
        });
        return result;
    }

    /// <summary>
    /// Gram and Schmidt, twice, as once leaves what rounding brought in; a vector without a direction of its own becomes 0.
    /// </summary>
    private static void Orthonormalise(float[][] basis)
    {
        for (var a = 0; a < basis.Length; a++)
        {
            var before = TensorPrimitives.Norm(basis[a]);
            for (var pass = 0; pass < 2; pass++)
                for (var b = 0; b < a; b++)
                    TensorPrimitives.MultiplyAdd(basis[b], -TensorPrimitives.Dot(basis[a], basis[b]), basis[a], basis[a]);
            var length = TensorPrimitives.Norm(basis[a]);
            if (length > 1e-6f * before) TensorPrimitives.Divide(basis[a], length, basis[a]);
            else Array.Clear(basis[a]);
        }
    }

    private static float[] Combined(float[][] basis, double[,] vectors, int column)
    {
        var axis = new float[basis[0].Length];
        for (var b = 0; b < basis.Length; b++) TensorPrimitives.MultiplyAdd(basis[b], (float)vectors[b, column], axis, axis);
        return axis;
    }

    /// <summary>
    /// Eigenvalues and, column by column, eigenvectors of a symmetric matrix, by rotations that bring pairs off its diagonal to 0.
    /// </summary>
    private static (double[] Values, double[,] Vectors) Jacobi(double[,] a)
    {
        var n = a.GetLength(0);
        var v = new double[n, n];
        for (var i = 0; i < n; i++) v[i, i] = 1;
        for (var sweep = 0; sweep < Sweeps; sweep++)
        {
            double off = 0, all = 0;
            for (var i = 0; i < n; i++)
                for (var j = 0; j < n; j++)
                {
                    all += a[i, j] * a[i, j];
                    if (i != j) off += a[i, j] * a[i, j];
                }
            if (off <= 1e-18 * all) break;
            for (var p = 0; p < n; p++)
                for (var q = p + 1; q < n; q++)
                    if (a[p, q] != 0) Rotate(a, v, p, q);
        }
        return ([.. Enumerable.Range(0, n).Select(i => a[i, i])], v);
    }

    private static void Rotate(double[,] a, double[,] v, int p, int q)
    {
        var theta = (a[q, q] - a[p, p]) / (2 * a[p, q]);
        var t = (theta >= 0 ? 1 : -1) / (Math.Abs(theta) + Math.Sqrt(theta * theta + 1));
        var c = 1 / Math.Sqrt(t * t + 1);
        var s = t * c;
        var n = a.GetLength(0);
        for (var k = 0; k < n; k++) (a[k, p], a[k, q]) = (c * a[k, p] - s * a[k, q], s * a[k, p] + c * a[k, q]);
        for (var k = 0; k < n; k++) (a[p, k], a[q, k]) = (c * a[p, k] - s * a[q, k], s * a[p, k] + c * a[q, k]);
        for (var k = 0; k < n; k++) (v[k, p], v[k, q]) = (c * v[k, p] - s * v[k, q], s * v[k, p] + c * v[k, q]);
    }
}
