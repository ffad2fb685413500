using Foresee.Evaluation;
using Foresee.Inference.Suggesting;

namespace Foresee.Studies;

/// <summary>What labels chosen by a rule are worth.</summary>
/// <param name="Labels">In all.</param>
/// <param name="Rule">Its name.</param>
/// <param name="Top1">Per cent, over draws.</param>
/// <param name="Gain">Points over labels by chance, paired over draws; null for these themselves.</param>
public sealed record SuggestionOutcome(string Labels, string Rule, Interval Top1, Interval? Gain)
{
    /// <param name="rows">Of <see cref="SuggestionTrial"/>.</param>
    public static IReadOnlyList<SuggestionOutcome> Of(IReadOnlyList<EvaluationResult> rows)
    {
        var chance = SuggestionTrialPlan.NameOf(SuggestionRule.Random);
        var outcomes = new List<SuggestionOutcome>();
        foreach (var amount in rows.GroupBy(row => row.Labels))
        {
            var random = amount.Where(row => RuleOf(row) == chance).ToDictionary(row => row.Draw, row => row.Value);
            foreach (var rule in amount.GroupBy(RuleOf))
            {
                double[] values = [.. rule.Select(row => row.Value)];
                Interval? gain = rule.Key == chance ? null
                    : Statistics.PairedDifference(values, [.. rule.Select(row => random[row.Draw])]);
                outcomes.Add(new(amount.Key, rule.Key, Statistics.Confidence(values) with { OfShares = true }, gain));
            }
        }
        return outcomes;
    }

    private static string RuleOf(EvaluationResult row) => row.Protocol[(row.Protocol.LastIndexOf(' ') + 1)..];

    /// <summary>Whether it is worth it.</summary>
    public string InWords() => Gain switch
    {
        { Low: > 0 } => $"With {Labels} labels, {Rule} is better than chance by {Gain.Value.Signed()} points (95 % interval, paired).",
        { High: < 0 } => $"With {Labels} labels, {Rule} is WORSE than chance by {Gain.Value.Signed()} points (95 % interval, paired): "
            + "choose by chance.",
        { HalfWidth: null } => $"With {Labels} labels, {Rule} gains {Gain.Value.Signed()} points over chance in one draw, which tells nothing; "
            + "take more --draws.",
        _ => $"With {Labels} labels, {Rule} is not told apart from chance ({Gain?.Signed()} points, 95 % interval, paired).",
    };
}
