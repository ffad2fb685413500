using Foresee.Torch;

namespace Foresee.Evaluation;

/// <summary>
/// Multinomial logistic regression: minimises Σ_i -w_i log softmax(x_i W + b)_{y_i} / Σ_i w_i + decay/2 ‖W‖² over W [K, C] and b [C];
/// b is not penalised, so that the means of predictions equal those of the labels.
/// </summary>
/// <remarks>
/// With fewer examples than features the best W lies in the span of the x_i: with X Xᵀ = U Λ Uᵀ and Z = U √Λ, W = Xᵀ U Λ^-½ A
/// has the same predictions X W = Z A and the same length ‖W‖ = ‖A‖, exactly, so only A [n, C] is sought. One such basis serves all folds
/// of a cross-validation: a subset of the rows of Z stands for that subset of the examples.
/// </remarks>
internal sealed class LogisticRegression : IDisposable
{
    /// <summary>Up to here the eigenvectors of X Xᵀ cost less than they save.</summary>
    private const int MaximumReduction = 2000;
    /// <summary>Elements up to which the precision of Float64 is worth its memory.</summary>
    private const long MaximumDouble = 8_000_000;
    private const int MaximumIterations = 300;
    /// <summary>Features up to which a matrix of their products, 268 MB, saves more than it costs.</summary>
    private const int MaximumGram = 8192;
    /// <summary>A step that lowers the loss by a smaller share than so many times the tolerance is not worth it.</summary>
    private const double Worth = 5;

    /// <summary>In place of the cross entropy.</summary>
    public LinearLoss Loss { get; init; }

    private readonly Tensor rows;     // [n, d + 1], the last column 1
    private Tensor targets;           // [n, C], rows of sum 1
    private Tensor? importance;       // [n, 1]
    private readonly Tensor? back;    // [K, d]: A to W; null when no reduction was made
    private readonly Tensor? gram;    // [K, K]: XᵀX / n of all examples where none was made

    /// <param name="features">[n, K]</param>
    /// <param name="weights">w, one for each example; null for 1.</param>
    public LogisticRegression(Tensor features, int[] labels, int classes, double[]? weights = null) : this(features, classes)
    {
        if (features.Size(0) != labels.Length)
            throw new ArgumentException($"{features.Size(0)} rows of features need as many labels, got {labels.Length}.");
        using var scope = TensorScope.Begin();
        Aim(OneHot(labels, classes), weights is null ? null : Tensor.From(weights, weights.Length));
    }

    /// <summary>Its examples have no labels yet: <see cref="Aim"/> gives them.</summary>
    /// <param name="features">[n, K]</param>
    public LogisticRegression(Tensor features, int classes)
    {
        using var scope = TensorScope.Begin();
        var (count, width) = (features.Size(0), features.Size(1));
        Tensor reduced;
        if (count < width && count <= MaximumReduction)
        {
            var x = features.To(DType.Float64);
            var pairs = x.MatMul(x.T()).SymmetricEigen();
            // Directions without length carry no prediction; dropping them keeps the division below safe.
            var rank = pairs.Values.Greater(pairs.Values.Max().ToDouble() * 1e-12).Sum().ToInt64();
            var (values, vectors) = (pairs.Values.Narrow(0, count - rank, rank), pairs.Vectors.Narrow(1, count - rank, rank));
            reduced = vectors * values.Sqrt();                                              // [n, d]
            back = TensorScope.Detach(x.T().MatMul(vectors * values.Rsqrt()).To(DType.Float32)); // [K, d]
        }
        else reduced = count * width <= MaximumDouble ? features.To(DType.Float64) : features;
        var type = reduced.DType;
        if (back is null && width <= MaximumGram) gram = TensorScope.Detach(reduced.T().MatMul(reduced) / count);
        rows = TensorScope.Detach(Tensor.Cat([reduced, Tensor.Ones([count, 1], type)], 1));
        targets = TensorScope.Detach(Tensor.Zeros([count, classes], type));
    }

    /// <summary>[n, C] Float32</summary>
    internal static Tensor OneHot(int[] labels, int classes) =>
        Tensor.Invoke("aten::one_hot", "", Tensor.From(Array.ConvertAll(labels, label => (long)label)), classes).To(DType.Float32);

    /// <summary>What the examples are from now on.</summary>
    /// <param name="shares">[n, C] of each class; a label is one-hot.</param>
    /// <param name="weights">w, [n]; null for 1.</param>
    internal void Aim(Tensor shares, Tensor? weights = null)
    {
        using var scope = TensorScope.Begin();
        targets.Dispose();
        importance?.Dispose();
        targets = TensorScope.Detach(shares.To(rows.DType).Clone());
        importance = weights is null ? null : TensorScope.Detach(weights.View(-1, 1).To(rows.DType).Clone());
    }

    /// <summary>The solution on some of the examples, or on all.</summary>
    /// <param name="start">A solution for a similar decay; zero without one.</param>
    /// <param name="tolerance">Largest element of the gradient that is left; at least 1e-5 where Float32 allows no less.</param>
    /// <returns>[d + 1, C], the last row the bias; see <see cref="Weights"/> and <see cref="Scores"/>.</returns>
    public Tensor Solve(double decay, long[]? examples = null, Tensor? start = null, double tolerance = 1e-7)
    {
        if (decay <= 0)
            throw new ArgumentOutOfRangeException(nameof(decay), decay,
                "The decay must be above 0: without it separable labels have no solution.");
        using var scope = TensorScope.Begin();
        var x = Pick(rows, examples);
        var y = Pick(targets, examples);
        var w = importance is null ? null : Pick(importance, examples);
        var (count, width, classes) = (w?.Sum().ToDouble() ?? x.Size(0), (int)x.Size(1), (int)y.Size(1));
        var column = Enumerable.Repeat(decay, width - 1).Append(0).ToArray(); // the bias is free
        var preconditioner = gram is null ? Diagonal(x, column, classes) : Whole(decay, classes);

        double At(double[] point, double[] gradient)
        {
            var (loss, squares) = (LogisticSlope.Of(x, y, w, point, gradient, Loss) / count, 0.0);
            for (var i = 0; i < point.Length; i++)
            {
                var pull = column[i / classes] * point[i];
                gradient[i] = gradient[i] / count + pull;
                squares += pull * point[i];
            }
            return loss + squares / 2;
        }

        var solution = start?.ToArray<double>() ?? new double[width * classes];
        var (least, rounding) = x.DType == DType.Float64 ? (0, 1e-14) : (1e-5, 1e-7);
        QuasiNewton.Minimise(At, solution, preconditioner, Math.Max(tolerance, least), Worth * tolerance, rounding, MaximumIterations);
        return scope.Keep(Tensor.From(solution, width, classes).To(x.DType));
    }

    /// <summary>The loss of each example, [n].</summary>
    /// <param name="scores">[n, C]</param>
    /// <param name="shares">[n, C], of the scores' type</param>
    internal Tensor Losses(Tensor scores, Tensor shares)
    {
        if (Loss == LinearLoss.CrossEntropy) return -(scores.LogSoftmax(1) * shares).Sum(1);
        return (shares * (-scores + 1).Relu().Square() + (-shares + 1) * (scores + 1).Relu().Square()).Sum(1);
    }

    // At W = 0 the Hessian is h X Xᵀ / n + decay for each class. Of cross entropy h = p (1 - p) with p = 1/C, and there is little between
    // classes; of the squared hinge h = 2 and nothing.

    private double Curvature(int classes) => Loss == LinearLoss.CrossEntropy ? (classes - 1.0) / classes / classes : 2;

    /// <summary>Of the Hessian at 0 its diagonal, which is all of it in the basis of eigenvectors.</summary>
    private Preconditioner Diagonal(Tensor x, double[] decays, int classes)
    {
        var squares = x.Square().Mean(0).ToArray<double>();
        var inverse = Array.ConvertAll(squares, square => square * Curvature(classes));
        for (var j = 0; j < inverse.Length; j++) inverse[j] = 1 / (inverse[j] + decays[j] + 1e-12);
        return gradient =>
        {
            var result = new double[gradient.Length];
            for (var i = 0; i < result.Length; i++) result[i] = gradient[i] * inverse[i / classes];
            return result;
        };
    }

    /// <summary>The Hessian at 0: features that go together would take hundreds of steps otherwise.</summary>
    private Preconditioner Whole(double decay, int classes)
    {
        var width = gram!.Size(0);
        var hessian = gram * Curvature(classes);
        var diagonal = Tensor.Invoke("aten::diagonal", "", hessian);
        diagonal.Add_(diagonal.Sum() * 1e-6 + decay); // what f32 may round below 0
        var root = Tensor.Invoke("aten::linalg_cholesky", "", hessian);
        return gradient =>
        {
            using var scope = TensorScope.Begin();
            var result = new double[gradient.Length];
            var right = Tensor.Share(gradient, width + 1, classes).Narrow(0, 0, width).To(hessian.DType);
            Tensor.Invoke("aten::cholesky_solve", "", right, root).To(DType.Float64).Contiguous().Data<double>().CopyTo(result);
            for (var i = (int)width * classes; i < result.Length; i++) result[i] = gradient[i] / (Curvature(classes) + 1e-12); // the bias
            return result;
        };
    }

    /// <summary>Logits of some of the examples under a solution, [n, C].</summary>
    public Tensor Scores(Tensor solution, long[]? examples = null) => Pick(rows, examples).MatMul(solution);

    /// <summary>The solution for features as they were given: f32 [K + 1, C], the last row the bias.</summary>
    public Tensor Weights(Tensor solution)
    {
        using var scope = TensorScope.Begin();
        var width = solution.Size(0) - 1;
        var (weights, bias) = (solution.Narrow(0, 0, width).To(DType.Float32), solution.Narrow(0, width, 1).To(DType.Float32));
        return scope.Keep(Tensor.Cat([back is null ? weights : back.MatMul(weights), bias]));
    }

    private static Tensor Pick(Tensor table, long[]? examples) => examples is null ? table : table.IndexSelect(0, Tensor.From(examples));

    public void Dispose()
    {
        rows.Dispose();
        targets.Dispose();
        importance?.Dispose();
        back?.Dispose();
        gram?.Dispose();
    }
}
