using Foresee.Evaluation;

namespace Foresee.Reports;

/// <summary>A step as it was measured.</summary>
/// <param name="Images">Seen in pretraining, repeats counted.</param>
/// <param name="Seconds">Of pretraining.</param>
/// <param name="Results">Of one protocol, over amounts and draws of labels.</param>
public sealed record AblationMeasurement(string Name, string Change, long Images, double Seconds, IReadOnlyList<EvaluationResult> Results);

/// <summary>A step with one amount of labels.</summary>
/// <param name="Top1">Per cent of the test or validation images, over draws of labels.</param>
/// <param name="Gain">In points over the step before, paired over the draws; null for the first step.</param>
public sealed record AblationPoint(string Labels, int Draws, Interval Top1, Interval? Gain);

/// <param name="Points">In the order of the amounts.</param>
public sealed record AblationRow(string Name, string Change, long Images, double Seconds, IReadOnlyList<AblationPoint> Points);

/// <summary>What each step from CPC v1 to v2 is worth, also where it costs: figure 3 of the CPC v2 paper with intervals.</summary>
public sealed record AblationComparison(string Data, IReadOnlyList<AblationRow> Steps)
{
    public IReadOnlyList<string> Amounts => Steps.Count == 0 ? [] : [.. Steps[0].Points.Select(point => point.Labels)];

    public static AblationComparison From(IReadOnlyList<AblationMeasurement> measured)
    {
        string[] data = [.. measured.SelectMany(step => step.Results).Select(row => row.Data).Distinct()];
        if (data.Length != 1)
            throw new ArgumentException($"An ablation needs results on one data set, got {data.Length}: {string.Join(", ", data)}.",
                nameof(measured));
        return new(data[0], [.. measured.Select((step, i) =>
            new AblationRow(step.Name, step.Change, step.Images, step.Seconds, Points(step, i > 0 ? measured[i - 1] : null)))]);
    }

    private static AblationPoint[] Points(AblationMeasurement step, AblationMeasurement? before) =>
        [.. step.Results.GroupBy(row => row.Labels).Select(rows => new AblationPoint(rows.Key, rows.Count(),
            Statistics.Confidence([.. rows.Select(row => row.Value)]) with { OfShares = true }, Gain(rows, before)))];

    private static Interval? Gain(IGrouping<string, EvaluationResult> rows, AblationMeasurement? before)
    {
        if (before is null) return null;
        double[] gains = [.. rows.Join(before.Results.Where(row => row.Labels == rows.Key), row => row.Draw, row => row.Draw, (now, then) =>
            now.Value - then.Value)];
        return gains.Length > 0
            ? Statistics.Confidence(gains)
            : throw new ArgumentException($"The gains of an ablation are paired over draws, and two steps share none with {rows.Key}; "
                + "measure both with the same draws.");
    }
}
