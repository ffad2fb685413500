using Foresee.Torch;
using Foresee.Torch.Layers;

namespace Foresee.Evaluation;

/// <param name="Folds">Up to FoldLimit labels: cross-validation with so many folds (fewer where a class has fewer labels, but two or
/// more).</param>
/// <param name="FoldLimit">Above it one of the folds is held out once, which is steady enough and costs a fifth.</param>
public sealed record LinearProbeOptions(int Folds = 5, int FoldLimit = 1000)
{
    /// <summary>Tried from the largest down: each solution starts the search for the next.</summary>
    public double[] Decays { get; init; } = [1, 0.3, 0.1, 0.03, 0.01, 3e-3, 1e-3, 3e-4, 1e-4, 3e-5, 1e-5, 3e-6, 1e-6];

    /// <summary>Whether each class weighs the same, however many labels it has: in the loss and in what is held out.</summary>
    public bool Balanced { get; init; }

    /// <summary>Where every class has a single label and nothing can be held out.</summary>
    public double FallbackDecay { get; init; } = 1e-3;

    public void Validate()
    {
        if (Folds < 2) throw new ArgumentException($"Cross-validation needs 2 or more folds, got {Folds}.");
        if (Decays.Length == 0 || Decays.Any(d => d <= 0))
            throw new ArgumentException($"Decays must be one or more numbers above 0, got [{string.Join(", ", Decays)}].");
    }
}

/// <summary>
/// A linear classifier on frozen features: logistic regression whose decay is chosen by accuracy on held-out labels (cross entropy
/// breaks ties), then fitted on all labels. It never sees the test images.
/// </summary>
public sealed class LinearProbe : Module
{
    /// <summary>Enough to compare decays; the final solution is exact.</summary>
    private const double RoughTolerance = 2e-5;
    private const int Patience = 3;
    private readonly Tensor weights; // [K + 1, C]

    /// <param name="weights">[K + 1, C], the last row the bias.</param>
    internal LinearProbe(Tensor weights, double decay = double.NaN) => (this.weights, Decay) = (Buffer("weights", weights), decay);

    /// <summary>The decay chosen; not a number where the weights came from elsewhere.</summary>
    public double Decay { get; }

    /// <summary>[K + 1, C], the last row the bias.</summary>
    public Tensor Weights => weights;

    /// <param name="features">f32 [n, K], see <see cref="FeatureScaling"/>.</param>
    public static LinearProbe Fit(Tensor features, int[] labels, int classes, LinearProbeOptions options,
        CancellationToken cancellation = default)
    {
        options.Validate();
        using var scope = TensorScope.Begin();
        using var regression = new LogisticRegression(features, labels, classes, options.Balanced ? ClassBalance.Weights(labels) : null);
        var decay = Choose(regression, labels, options, cancellation);
        return new(regression.Weights(regression.Solve(decay)), decay);
    }

    private static double Choose(LogisticRegression regression, int[] labels, LinearProbeOptions options, CancellationToken cancellation)
    {
        // A class with one label is held out with the first fold and can't be right there, which is the same for all decays.
        var folds = Math.Min(options.Folds, labels.CountBy(label => label).Select(members => members.Value).Where(count => count > 1)
            .DefaultIfEmpty(1).Min());
        if (folds < 2) return options.FallbackDecay;
        using var scope = TensorScope.Begin();
        var fold = Stratified(labels, folds);
        var parts = Enumerable.Range(0, labels.Length <= options.FoldLimit ? folds : 1)
            .Select(held => new Part(fold, held, labels, options.Balanced)).ToArray();
        var (best, worse) = (new Score(options.FallbackDecay, -1, 0), 0);
        foreach (var decay in options.Decays.OrderDescending())
        {
            cancellation.ThrowIfCancellationRequested();
            var score = new Score(decay, parts.Sum(part => part.Right(regression, decay)), parts.Sum(part => part.Entropy));
            if (score.Right > best.Right || (score.Right == best.Right && score.Entropy < best.Entropy)) (best, worse) = (score, 0);
            else if (++worse == Patience) break; // weaker decays only take longer
        }
        return best.Decay;
    }

    private readonly record struct Score(double Decay, double Right, double Entropy);

    /// <summary>One fold held out; its last solution starts the next.</summary>
    private sealed class Part(int[] fold, int held, int[] labels, bool balanced)
    {
        private readonly long[] inside = [.. Where(fold, f => f != held)], outside = [.. Where(fold, f => f == held)];
        private Tensor? solution;

        /// <summary>Of the last decay, summed over the held-out labels.</summary>
        public double Entropy { get; private set; }

        public double Right(LogisticRegression regression, double decay)
        {
            using var scope = TensorScope.Begin();
            solution = scope.Keep(regression.Solve(decay, inside, solution, RoughTolerance));
            var truth = Tensor.From(Array.ConvertAll(outside, i => (long)labels[i]));
            var logits = regression.Scores(solution, outside);
            Entropy = -logits.LogSoftmax(1).Gather(1, truth.View(-1, 1)).Sum().ToDouble();
            return balanced ? Accuracy.PerClass(logits.ArgMax(1).ToArray<int>(), Array.ConvertAll(outside, i => labels[i]))
                : logits.ArgMax(1).Equal(truth).Sum().ToDouble();
        }
    }

    /// <summary>The fold of each example: the members of each class are dealt out in turn.</summary>
    private static int[] Stratified(int[] labels, int folds)
    {
        var seen = new Dictionary<int, int>();
        return Array.ConvertAll(labels, label => (seen[label] = seen.GetValueOrDefault(label) + 1) % folds);
    }

    private static IEnumerable<long> Where(int[] fold, Predicate<int> wanted) =>
        fold.Index().Where(pair => wanted(pair.Item)).Select(pair => (long)pair.Index);

    /// <summary>The class of each row of features.</summary>
    public int[] Predict(Tensor features)
    {
        using var scope = TensorScope.Begin();
        return Logits(features).ArgMax(1).ToArray<int>();
    }

    /// <summary>[n, C], rows of sum 1.</summary>
    public override Tensor Forward(Tensor x) => Probabilities(x);

    /// <inheritdoc cref="Forward"/>
    public Tensor Probabilities(Tensor features)
    {
        using var scope = TensorScope.Begin();
        return scope.Keep(Logits(features).LogSoftmax(1).Exp());
    }

    private Tensor Logits(Tensor features)
    {
        var width = weights.Size(0) - 1;
        return Tensor.AddMM(weights.Select(0, width), features, weights.Narrow(0, 0, width));
    }
}
