using Foresee.Evaluation;

namespace Foresee.Studies.Transferability;

/// <summary>What is expected of an encoder and what was measured.</summary>
/// <param name="Name">With its stage, where it ends earlier.</param>
/// <param name="Transfer">Per cent right of a linear probe on images that it did not learn from.</param>
public sealed record ScoredEncoder(string Name, double LogMe, double HScore, double Transfer);

/// <summary>How far a score orders encoders as what was measured does.</summary>
/// <param name="Kendall">Null where a list is all tied.</param>
/// <param name="Spearman">Likewise.</param>
public sealed record ScoreAgreement(string Score, int Encoders, double? Kendall, double? Spearman)
{
    public const string LogMe = "logme", HScore = "h-score"; // as metrics of results

    /// <summary>Of both scores.</summary>
    /// <param name="encoders">2 or more.</param>
    public static IReadOnlyList<ScoreAgreement> Of(IReadOnlyList<ScoredEncoder> encoders) =>
        [Of(LogMe, encoders, one => one.LogMe), Of(HScore, encoders, one => one.HScore)];

    private static ScoreAgreement Of(string name, IReadOnlyList<ScoredEncoder> encoders, Func<ScoredEncoder, double> score)
    {
        double[] scores = [.. encoders.Select(score)], transfer = [.. encoders.Select(one => one.Transfer)];
        return new(name, scores.Length, RankCorrelation.Kendall(scores, transfer), RankCorrelation.Spearman(scores, transfer));
    }

    /// <summary>Rows of results to encoders, in their order; those that lack one of three metrics are left out.</summary>
    public static IReadOnlyList<ScoredEncoder> Read(IReadOnlyList<EvaluationResult> rows) => [.. rows.GroupBy(row => row.Encoder)
        .Select(group => group.ToDictionary(row => row.Metric, row => row.Value)).Zip(rows.Select(row => row.Encoder).Distinct())
        .Where(pair => new[] { LogMe, HScore, EvaluationResult.Top1 }.All(pair.First.ContainsKey))
        .Select(pair => new ScoredEncoder(pair.Second, pair.First[LogMe], pair.First[HScore], pair.First[EvaluationResult.Top1]))];
}
