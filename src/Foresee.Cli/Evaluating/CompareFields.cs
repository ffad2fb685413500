using Foresee.Evaluation;
using Foresee.Labels;
using Foresee.Reports;

namespace Foresee.Cli;

/// <summary>The fields of compare --json; accuracies and differences in per cent and points, paired over draws.</summary>
internal sealed record CompareFields(string Run, string Data, string MeasuredOn, IReadOnlyList<StartFields> Starts,
    IReadOnlyList<BestFields> Best, IReadOnlyList<ClassFields> Classes, string Report)
{
    public static CompareFields Of(string folder, StartComparison comparison, LabelledSplits data, string report) => new(folder,
        comparison.Data, comparison.MeasuredOn, [.. comparison.Rows.Select(StartFields.Of)],
        [.. comparison.Amounts.Select(labels => BestFields.Of(labels, comparison))], ClassFields.Of(data.Train, data.Test!), report);
}

/// <param name="Reason">Why it was not measured; null where it was.</param>
internal sealed record StartFields(string Start, string? Reason, string Encoder, long Images, double PretrainSeconds,
    double EvaluationSeconds, long PeakMib, IReadOnlyList<string> Remarks, IReadOnlyList<StartPointFields> Points,
    IReadOnlyList<EvaluationResult> Results)
{
    public static StartFields Of(StartRow row) => new(row.Start.Name, row.Start.Reason, row.Start.Encoder, row.Start.Images,
        row.Start.PretrainSeconds, row.Start.EvaluationSeconds, row.Start.PeakMib, row.Start.Remarks,
        [.. row.Points.Select(StartPointFields.Of)], row.Start.Results);
}

/// <param name="Behind">Points to the best start; null for the best. Intervals are null from one draw.</param>
internal sealed record StartPointFields(string Labels, string Protocol, int Draws, double Mean, double? Low, double? High, double? Behind,
    double? BehindLow, double? BehindHigh, double? Probability)
{
    public static StartPointFields Of(StartPoint point) => new(point.Labels, point.Protocol, point.Draws, point.Top1.Mean, point.Top1.Low,
        point.Top1.High, point.Behind?.Mean, point.Behind?.Low, point.Behind?.High, point.Probability);
}

internal sealed record BestFields(string Labels, string Start, string Protocol, double? Probability)
{
    public static BestFields Of(string labels, StartComparison comparison)
    {
        var best = comparison.Best(labels);
        var point = StartComparison.PointOf(best, labels)!;
        return new(labels, best.Start.Name, point.Protocol, point.Probability);
    }
}
