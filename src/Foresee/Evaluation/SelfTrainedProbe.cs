using Foresee.Torch;

namespace Foresee.Evaluation;

/// <param name="Images">Unlabelled images that it learns from.</param>
/// <param name="Rounds">Times that it predicts them and is fitted to these predictions.</param>
/// <param name="Sharpening">p: predictions are raised to this power, 1 leaves them as they are.</param>
/// <param name="Decay">Of the fits to predictions; features have a mean squared length of 1.</param>
public sealed record SelfTrainingOptions(int Images = 10_000, int Rounds = 10, double Sharpening = 2, double Decay = 3e-5)
{
    public void Validate()
    {
        string?[] faults = [
            Images < 2 ? $"Images must be 2 or more, got {Images}" : null,
            Rounds < 1 ? $"Rounds must be 1 or more, got {Rounds}" : null,
            Sharpening < 1 ? $"Sharpening must be 1 or more, got {Sharpening}" : null,
            Decay <= 0 ? $"Decay must be above 0, got {Decay}" : null,
        ];
        if (faults.Any(fault => fault is not null))
            throw new ArgumentException($"Settings of self-training: {string.Join("; ", faults.OfType<string>())}.");
    }
}

/// <summary>
/// A linear probe that learns on from its own predictions p of unlabelled images. Each round they are sharpened and shared out, so that a
/// class that is predicted often does not take all (the target of deep embedded clustering, Xie, Girshick and Farhadi, ICML 2016, eq. 3),
/// <code>q_ic = p_ic^s / f_c, f_c = Σ_i p_ic, each row then to a sum of 1</code>
/// and the probe is fitted to q, an image counting 1 - H(q_i) / log C. The labelled images count as much as these together.
/// </summary>
internal static class SelfTrainedProbe
{
    private const double Tolerance = 2e-5; // of all fits but the last

    /// <param name="unlabelled">f32 [N, K], scaled as <paramref name="features"/>.</param>
    /// <param name="features">f32 [n, K] of the labelled images.</param>
    public static LinearProbe Fit(Tensor unlabelled, Tensor features, int[] labels, int classes, SelfTrainingOptions options,
        LinearProbeOptions probing, CancellationToken cancel = default)
    {
        options.Validate();
        using var scope = TensorScope.Begin();
        var first = LinearProbe.Fit(features, labels, classes, probing, cancel);
        if (classes < 2) return first;
        var known = LogisticRegression.OneHot(labels, classes);                            // [n, C]
        var all = Tensor.Cat([features, unlabelled]);                                      // [n + N, K]
        var probabilities = first.Probabilities(unlabelled);                               // [N, C]
        using var regression = new LogisticRegression(all, classes);
        Tensor? solution = null;
        for (var round = 1; round <= options.Rounds; round++)
        {
            cancel.ThrowIfCancellationRequested();
            using var inner = TensorScope.Begin();
            var targets = Targets(probabilities, options.Sharpening);
            var certainty = Certainty(targets);
            var share = Math.Max(1, certainty.Sum().ToDouble() / labels.Length);
            regression.Aim(Tensor.Cat([known, targets]), Tensor.Cat([Tensor.Ones([labels.Length]) * share, certainty]));
            var last = round == options.Rounds;
            var next = regression.Solve(options.Decay, start: solution, tolerance: last ? 1e-7 : Tolerance);
            probabilities = inner.Keep(regression.Scores(next).Narrow(0, labels.Length, unlabelled.Size(0)).LogSoftmax(1).Exp());
            solution = inner.Keep(next);
        }
        first.Dispose();
        return new(regression.Weights(solution!), options.Decay);
    }

    /// <summary>q, see above. Each [N, C].</summary>
    internal static Tensor Targets(Tensor probabilities, double sharpening)
    {
        using var scope = TensorScope.Begin();
        var shared = probabilities.Pow(sharpening) / probabilities.Sum(0, keep: true).Clamp(low: 1e-12);
        return scope.Keep(shared / shared.Sum(1, keep: true).Clamp(low: 1e-30));
    }

    /// <summary>1 - H(q) / log C: 1 where one class is certain, 0 where all are alike. [N]</summary>
    internal static Tensor Certainty(Tensor targets)
    {
        using var scope = TensorScope.Begin();
        var entropy = -(targets * targets.Clamp(low: 1e-12).Log()).Sum(1);
        return scope.Keep((entropy / -Math.Log(targets.Size(1)) + 1).Clamp(low: 0));
    }
}
