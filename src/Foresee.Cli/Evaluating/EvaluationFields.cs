using Foresee.Evaluation;
using Foresee.Images;
using Foresee.Labels;
using Foresee.Reports;

namespace Foresee.Cli;

/// <summary>
/// The fields of evaluate --json and demo --json; accuracies and differences in per cent of the test or validation images that could be
/// read.
/// </summary>
internal sealed record EvaluationFields(
    string Run, string Data, int Skipped, int SkippedTest, int SixteenBit, IReadOnlyList<EvaluationResult> Results,
    IReadOnlyList<CurveFields> Curves, IReadOnlyList<DifferenceFields> Differences, string? Report, long PeakMemoryMib)
{
    /// <summary>As they are measured: after what can't be read was left out.</summary>
    public required IReadOnlyList<ClassFields> Classes { get; init; }

    /// <summary>What lay beside the images and was none of them.</summary>
    public required IReadOnlyList<PassedOver> PassedOver { get; init; }

    /// <summary>Images that are the first of several in their file.</summary>
    public required int WithMorePictures { get; init; }

    public static EvaluationFields Of(string run, LabelledSplits data, IReadOnlyList<EvaluationResult> rows, LabelComparison comparison,
        string? report) => new(
        run, comparison.Data, data.Train.Skipped.Count, data.Test!.Skipped.Count, data.Train.SixteenBit + data.Test.SixteenBit, rows,
        [.. comparison.Curves.SelectMany(curve => curve.Points.Select(point => CurveFields.Of(curve.Name, point)))],
        [.. comparison.Differences.Select(d => DifferenceFields.Of(d, comparison))],
        report, PeakMemory.Mebibytes())
        {
            Classes = ClassFields.Of(data.Train, data.Test),
            PassedOver = [.. data.Train.Images.PassedOver.Concat(data.Test.Images.PassedOver).Distinct()],
            WithMorePictures = data.Train.WithMorePictures + data.Test.WithMorePictures,
        };
}

/// <summary>A class with the images to draw labels from and those to measure on.</summary>
internal sealed record ClassFields(string Name, int Images, int TestImages)
{
    public static IReadOnlyList<ClassFields> Of(LabelledImages train, LabelledImages test)
    {
        var (counts, tested) = (train.Counts(), test.Counts());
        return [.. train.Classes.Select((name, i) => new ClassFields(name, counts[i], tested[i]))];
    }
}

/// <summary>A point of a curve with its 95 % interval; no interval from one draw.</summary>
internal sealed record CurveFields(string Name, string Labels, int Draws, double Mean, double? Low, double? High)
{
    public static CurveFields Of(string name, LabelPoint point) =>
        new(name, point.Labels, point.Draws, point.Top1.Mean, point.Top1.Low, point.Top1.High);
}

/// <param name="LabelsSaved">The rival needs so many times the labels to be as accurate.</param>
/// <param name="LabelsSavedReading">"measured", "more than" or "less than": the rival's curve ended before.</param>
internal sealed record DifferenceFields(string Labels, double Mean, double? Low, double? High, double? LabelsSaved,
    string? LabelsSavedReading)
{
    public static DifferenceFields Of(LabelDifference difference, LabelComparison comparison)
    {
        var savings = comparison.Savings.Where(s => s.Labels == difference.Amount).ToList();
        LabelSaving? saving = savings.Count > 0 ? savings[0] : null;
        return new(difference.Labels, difference.Difference.Mean, difference.Difference.Low, difference.Difference.High, saving?.Factor,
            saving?.Reading switch
            {
                FactorReading.Measured => "measured",
                FactorReading.MoreThan => "more than",
                FactorReading.LessThan => "less than",
                _ => null,
            });
    }
}
