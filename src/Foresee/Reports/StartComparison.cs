using System.Globalization;
using Foresee.Evaluation;

namespace Foresee.Reports;

/// <summary>A start with one amount of labels, by the protocol chosen for it.</summary>
/// <param name="Top1">Per cent of the test or validation images, over draws of labels.</param>
/// <param name="Behind">Of the best start minus this one in points, paired over the draws; null for the best itself.</param>
/// <param name="Probability">That this start is the best of those measured, 0 to 1, see <see cref="BestOf"/>; null from one draw.</param>
public sealed record StartPoint(string Labels, double Amount, string Protocol, Interval Top1, int Draws, Interval? Behind,
    double? Probability);

/// <param name="Points">In the order of the amounts; none where the start was not measured.</param>
public sealed record StartRow(StartMeasurement Start, IReadOnlyList<StartPoint> Points);

/// <summary>Which start is best for some images: all under one split, one budget, the same draws of labels.</summary>
/// <param name="Unit">What the amounts count: "labels per class" or "% of the labels".</param>
/// <param name="Rows">The most accurate at the fewest labels first; those that were not measured last.</param>
public sealed record StartComparison(string Data, string MeasuredOn, string Unit, IReadOnlyList<StartRow> Rows)
{
    /// <summary>The start without any encoder: the supervised baseline from pixels.</summary>
    public const string Baseline = "none";

    private IEnumerable<StartRow> Measured => Rows.Where(row => row.Points.Count > 0);

    public IReadOnlyList<string> Amounts => [.. Measured.Take(1).SelectMany(row => row.Points).Select(point => point.Labels)];

    /// <summary>The row of the most accurate start with so many labels.</summary>
    public StartRow Best(string labels) => Measured.First(row => PointOf(row, labels)!.Behind is null);

    public static StartPoint? PointOf(StartRow row, string labels) => row.Points.FirstOrDefault(point => point.Labels == labels);

    /// <summary>The same accuracies as curves over labels, one for each start.</summary>
    public LabelComparison Curves()
    {
        LabelCurve[] curves = [.. Measured.Select(row => new LabelCurve(row.Start.Name,
            [.. row.Points.Select(point => new LabelPoint(point.Labels, point.Amount, point.Top1, point.Draws))]))];
        return new(Data, Unit, curves[0], null, curves[1..], [], []) { MeasuredOn = MeasuredOn };
    }

    /// <exception cref="ArgumentException">Nothing was measured, or not all on the same images, amounts and draws.</exception>
    public static StartComparison From(IReadOnlyList<StartMeasurement> starts)
    {
        StartMeasurement[] measured = [.. starts.Where(start => start.Reason is null)];
        if (measured.Length == 0)
            throw new ArgumentException("A comparison needs a start that was measured, got none.", nameof(starts));
        var all = measured.SelectMany(start => start.Results).ToList();
        string[] data = [.. all.Select(row => row.Data).Distinct()];
        if (data.Length != 1)
            throw new ArgumentException($"A comparison needs results on one data set, got {string.Join(", ", data)}.", nameof(starts));
        string[] labels = [.. measured[0].Results.Select(row => row.Labels).Distinct()
            .OrderBy(amount => LabelComparison.Amount(amount))];
        var points = labels.Select(amount => Points(measured, amount)).ToList(); // by amount, then by start
        var rows = measured.Select((start, s) => new StartRow(start, [.. points.Select(at => at[s])]))
            .OrderByDescending(row => row.Points[0].Top1.Mean);
        return new(data[0], all[0].MeasuredOn, LabelComparison.UnitOf(all),
            [.. rows, .. starts.Where(start => start.Reason is not null).Select(start => new StartRow(start, []))]);
    }

    private static StartPoint[] Points(StartMeasurement[] starts, string labels)
    {
        var rows = Array.ConvertAll(starts, start => start.ChosenRows(labels));
        if (rows.Any(row => row.Length == 0 || !row.Select(r => r.Draw).SequenceEqual(rows[0].Select(r => r.Draw))))
            throw new ArgumentException($"Starts are compared on the same draws, and with {labels} they have: "
                + $"{string.Join("; ", starts.Zip(rows, (start, row) => $"{start.Name} {string.Join(',', row.Select(r => r.Draw))}"))}.");
        var values = Array.ConvertAll(rows, row => row.Select(r => r.Value).ToArray());
        var best = Array.IndexOf(values, values.MaxBy(Statistics.Mean));
        var probabilities = BestOf.Probabilities(values);
        return [.. starts.Select((start, s) => new StartPoint(labels, LabelComparison.Amount(labels), start.Chosen[labels],
            LabelComparison.Spread(rows[s]), rows[s].Length,
            s == best ? null : Statistics.PairedDifference(values[best], values[s]), probabilities?[s]))];
    }

    /// <summary>Which start is best, how sure that is, and by how much the next ones are behind; one sentence for each amount.</summary>
    public IReadOnlyList<string> Sentences() => [.. Amounts.Select(Sentence)];

    private string Sentence(string labels)
    {
        var (best, point) = (Best(labels).Start.Name, PointOf(Best(labels), labels)!);
        var text = FormattableString.Invariant($"With {point.Amount:0.##} {Unit} {best} ({point.Protocol}) is best: {point.Top1} %");
        if (Measured.Count() == 1) return $"{text}; no other start was measured.";
        var next = Measured.Where(row => row.Start.Name != best).MinBy(row => PointOf(row, labels)!.Behind!.Value.Mean)!;
        var behind = PointOf(next, labels)!.Behind!.Value;
        text += $", {behind.Signed()} points ahead of {next.Start.Name}";
        return point.Probability is { } probability
            ? $"{text}; {Percent(probability)} probable to be the best of the {Measured.Count()} by these {point.Draws} draws of labels."
            : $"{text}; one draw of labels does not tell how sure that is.";
    }

    /// <summary>Of a probability that was sampled: "98 %", "over 99 %", "under 1 %".</summary>
    public static string Percent(double probability) => probability switch
    {
        > 0.99 => "over 99 %",
        < 0.01 => "under 1 %",
        _ => string.Create(CultureInfo.InvariantCulture, $"{100 * probability:0} %"),
    };
}
