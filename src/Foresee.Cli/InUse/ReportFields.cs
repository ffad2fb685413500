using Foresee.Evaluation.Scores;
using Foresee.Reports;

namespace Foresee.Cli;

/// <summary>The fields of report --json. Shares are 0 to 1.</summary>
internal sealed record ReportFields(string Model, string Data, int Images, int Skipped, int Known, ShareFields Accuracy,
    double BalancedAccuracy, double MeanF1, double CalibrationError, double CalibrationErrorLow, double CalibrationErrorHigh,
    int CalibrationBins, double PerfectCalibrationError, double AdaptiveCalibrationError, double Brier,
    double NegativeLogLikelihood, IReadOnlyList<ClassScoreFields> Classes,
    IReadOnlyList<int[]> Confusion, IReadOnlyList<SetFields> Conformal, PlaceFields? OutOfPlace, IReadOnlyList<SuspectLabel>? Suspects,
    string Report)
{
    public static ReportFields Of(MeasuringRequest asked, ModelReport report, MeasuredModel measured, string path) => new(
        asked.Model, asked.Labelled, report.Accuracy.Whole, measured.Skipped.Count, measured.Known, ShareFields.Of(report.Accuracy),
        report.BalancedAccuracy, report.MeanF1, report.Reliability.ExpectedError, report.ErrorRange.Low, report.ErrorRange.High,
        report.Reliability.Bins.Count, report.PerfectError, report.AdaptiveError, report.Probabilities.Brier,
        report.Probabilities.NegativeLogLikelihood,
        [.. report.Confusion.Scores().Select(score => new ClassScoreFields(report.Model.Classes[score.Class], score.Images, score.Predicted,
            score.Precision, score.Recall, score.F1))],
        [.. Enumerable.Range(0, report.Confusion.Classes).Select(label =>
            Enumerable.Range(0, report.Confusion.Classes).Select(said => report.Confusion[label, said]).ToArray())],
        [.. report.Conformal.Select(sets => new SetFields(sets.Wanted, sets.Coverage, sets.Size, sets.Single, sets.Empty))],
        report.OutOfPlace is not { } place ? null : new(place.Rule.Specificity, ShareFields.Of(place.Flagged), place.Foreign,
            place.ForeignFlagged is { } foreign ? ShareFields.Of(foreign) : null, place.Area),
        report.SuspectLabels, path);
}

/// <param name="Low">Lower end of the 95 % interval (Wilson).</param>
internal sealed record ShareFields(double Share, double Low, double High, int Images)
{
    public static ShareFields Of(Proportion share) => new(share.Share, share.Low, share.High, share.Whole);
}

internal sealed record ClassScoreFields(string Class, int Images, int Said, double? Precision, double? Recall, double? F1);

internal sealed record SetFields(double Wanted, double Coverage, double Size, double Single, double Empty);

internal sealed record PlaceFields(double Specificity, ShareFields Flagged, string? Foreign, ShareFields? ForeignFlagged, double? Area);
