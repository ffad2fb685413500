namespace Foresee.Evaluation.Scores;

/// <summary>What probabilities are worth as a whole; lower is better. Both are least where each probability is the true one.</summary>
/// <param name="Brier">mean over images of Σ_c (p_c - [c is true])², 0 to 2.</param>
/// <param name="NegativeLogLikelihood">mean of -ln p_true, in nats; ln(classes) for equal probabilities.</param>
public sealed record ProbabilityScores(double Brier, double NegativeLogLikelihood)
{
    /// <summary>A class that a model holds to be impossible and that is true would cost infinitely much: counted as this.</summary>
    public const double Least = 1e-12;

    /// <param name="probabilities">[N, classes], row by row.</param>
    /// <param name="labels">[N]</param>
    public static ProbabilityScores Of(ReadOnlySpan<float> probabilities, IReadOnlyList<int> labels, int classes)
    {
        double brier = 0, likelihood = 0;
        for (var i = 0; i < labels.Count; i++)
        {
            var row = probabilities.Slice(i * classes, classes);
            for (var c = 0; c < classes; c++)
            {
                var error = row[c] - (c == labels[i] ? 1.0 : 0);
                brier += error * error;
            }
            likelihood -= Math.Log(Math.Max(Least, row[labels[i]]));
        }
        return new(brier / labels.Count, likelihood / labels.Count);
    }
}
