namespace Foresee.Evaluation.Scores;

/// <summary>Eigenvalues of a small symmetric matrix, by Jacobi's rotations (Golub and Van Loan, 8.5).</summary>
internal static class SymmetricEigen
{
    private const int Sweeps = 60;

    /// <param name="matrix">[n, n]; it is overwritten.</param>
    /// <returns>Values, falling, and their vectors of length 1.</returns>
    public static (double[] Values, double[][] Vectors) Of(double[,] matrix)
    {
        var n = matrix.GetLength(0);
        var vectors = new double[n, n];
        for (var i = 0; i < n; i++) vectors[i, i] = 1;
        for (var sweep = 0; sweep < Sweeps && OffDiagonal(matrix, n) > 1e-12; sweep++)
            for (var p = 0; p < n; p++)
                for (var q = p + 1; q < n; q++) Rotate(matrix, vectors, n, p, q);
        int[] order = [.. Enumerable.Range(0, n).OrderByDescending(i => matrix[i, i])];
        return (Array.ConvertAll(order, i => matrix[i, i]),
            Array.ConvertAll(order, i => Enumerable.Range(0, n).Select(row => vectors[row, i]).ToArray()));
    }

    /// <summary>Against the diagonal.</summary>
    private static double OffDiagonal(double[,] matrix, int n)
    {
        double off = 0, diagonal = 0;
        for (var i = 0; i < n; i++)
            for (var j = 0; j < n; j++)
                if (i == j) diagonal += matrix[i, j] * matrix[i, j];
                else off += matrix[i, j] * matrix[i, j];
        return diagonal == 0 ? off : Math.Sqrt(off / diagonal);
    }

    private static void Rotate(double[,] a, double[,] vectors, int n, int p, int q)
    {
        if (a[p, q] == 0) return;
        var theta = (a[q, q] - a[p, p]) / (2 * a[p, q]);
        var tangent = (theta >= 0 ? 1 : -1) / (Math.Abs(theta) + Math.Sqrt(theta * theta + 1));
        var cosine = 1 / Math.Sqrt(tangent * tangent + 1);
        var sine = tangent * cosine;
        for (var k = 0; k < n; k++) (a[k, p], a[k, q]) = (cosine * a[k, p] - sine * a[k, q], sine * a[k, p] + cosine * a[k, q]);
        for (var k = 0; k < n; k++) (a[p, k], a[q, k]) = (cosine * a[p, k] - sine * a[q, k], sine * a[p, k] + cosine * a[q, k]);
        for (var k = 0; k < n; k++)
            (vectors[k, p], vectors[k, q]) = (cosine * vectors[k, p] - sine * vectors[k, q], sine * vectors[k, p] + cosine * vectors[k, q]);
    }
}
