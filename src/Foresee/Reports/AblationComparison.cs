using Foresee.Evaluation;

namespace Foresee.Reports;

/// <summary>A rung as it was measured.</summary>
/// <param name="Images">Seen in pretraining, repeats counted.</param>
/// <param name="Seconds">Of pretraining.</param>
/// <param name="Results">Of one protocol, over amounts and draws of labels.</param>
public sealed record LadderRung(string Name, string Change, long Images, double Seconds, IReadOnlyList<EvaluationResult> Results);

/// <summary>A rung with one amount of labels.</summary>
/// <param name="Top1">Per cent of the test or validation images, over draws of labels.</param>
/// <param name="Gain">In points over the rung before, paired over the draws; null for the first rung.</param>
public sealed record LadderPoint(string Labels, int Draws, Interval Top1, Interval? Gain);

/// <param name="Points">In the order of the amounts.</param>
public sealed record LadderStep(string Name, string Change, long Images, double Seconds, IReadOnlyList<LadderPoint> Points);

/// <summary>What each step from CPC v1 to v2 is worth, also where it costs: figure 3 of the CPC v2 paper with intervals.</summary>
public sealed record AblationComparison(string Data, IReadOnlyList<LadderStep> Steps)
{
    public IReadOnlyList<string> Amounts => Steps.Count == 0 ? [] : [.. Steps[0].Points.Select(point => point.Labels)];

    public static AblationComparison From(IReadOnlyList<LadderRung> rungs)
    {
        string[] data = [.. rungs.SelectMany(rung => rung.Results).Select(row => row.Data).Distinct()];
        if (data.Length != 1) throw new ArgumentException($"A ladder needs results on one data set, got {data.Length}: {string.Join(", ", data)}.", nameof(rungs));
        return new(data[0], [.. rungs.Select((rung, i) => new LadderStep(rung.Name, rung.Change, rung.Images, rung.Seconds, Points(rung, i > 0 ? rungs[i - 1] : null)))]);
    }

    private static LadderPoint[] Points(LadderRung rung, LadderRung? before) =>
        [.. rung.Results.GroupBy(row => row.Labels).Select(rows => new LadderPoint(rows.Key, rows.Count(),
            Statistics.Confidence([.. rows.Select(row => row.Value)]) with { OfShares = true }, Gain(rows, before)))];

    private static Interval? Gain(IGrouping<string, EvaluationResult> rows, LadderRung? before)
    {
        if (before is null) return null;
        double[] gains = [.. rows.Join(before.Results.Where(row => row.Labels == rows.Key), row => row.Draw, row => row.Draw, (now, then) => now.Value - then.Value)];
        return gains.Length > 0 ? Statistics.Confidence(gains) : throw new ArgumentException($"The ladder's gains are paired over draws, and two rungs share none with {rows.Key}; measure both with the same draws.");
    }
}
