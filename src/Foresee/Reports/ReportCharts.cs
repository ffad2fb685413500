using System.Globalization;
using Foresee.Evaluation;

namespace Foresee.Reports;

/// <summary>Results and logs as plots.</summary>
internal static class ReportCharts
{
    /// <summary>More points than a screen has columns only make the file larger.</summary>
    private const int MostPoints = 400;

    public static Chart LabelEfficiency(LabelComparison comparison) =>
        new(comparison.Unit, "top-1 accuracy, %", [.. comparison.Curves.Select(c => Series(c, comparison))])
        {
            LogX = true,
            Points = true,
            XTicks = Amounts(comparison),
            Arrows = Arrows(comparison),
        };

    public static double[] Amounts(LabelComparison comparison) =>
        [.. comparison.Curves.SelectMany(c => c.Points).Select(p => p.Amount).Distinct().Order()];

    /// <summary>
    /// From the method's point to where the rival gets as far, at the fewest and at the most labels where something is saved:
    /// more arrows hide the curves.
    /// </summary>
    public static IReadOnlyList<ChartArrow> Arrows(LabelComparison comparison)
    {
        ChartArrow[] all = [.. comparison.Savings
            .Where(s => s.Reading != FactorReading.LessThan && s.Factor > 1.1)
            .Select(s => new ChartArrow(s.Labels, s.Labels * s.Factor, s.Accuracy, ArrowLabel(s)))];
        return all.Length <= 2 ? all : [all[0], all[^1]];
    }

    public static Chart Loss(IReadOnlyList<MetricsEntry> log) => Progress(log, "loss, nats", ("loss", e => e.Loss)) with
    {
        Level = log[^1].Chance,
        LevelName = "chance",
    };

    /// <summary>One line per direction, the mean of its offsets.</summary>
    public static Chart Directions(IReadOnlyList<MetricsEntry> log) => Accuracy(log, AccuracyNames(log, a => a.Keys), (a, name) =>
        a.TryGetValue(name, out var offsets) ? offsets.Values : []);

    /// <summary>One line per offset, the mean of the directions.</summary>
    public static Chart Offsets(IReadOnlyList<MetricsEntry> log) =>
        Accuracy(log, AccuracyNames(log, a => a.Values.SelectMany(o => o.Keys)), (a, name) =>
        a.Values.SelectMany(o => o.TryGetValue(name, out var value) ? [value] : Array.Empty<double>())) is var chart
        ? chart with { Series = [.. chart.Series.Select(s => s with { Name = $"{s.Name} rows away" })] }
        : chart;

    public static Chart LearningRate(IReadOnlyList<MetricsEntry> log) =>
        Progress(log, "learning rate", ("learning rate", e => e.LearningRate));

    public static Chart Speed(IReadOnlyList<MetricsEntry> log) =>
        Progress(log, "images per second", ("images per second", e => e.ImagesPerSecond)) with { FromZero = true };

    public static Chart GradientNorm(IReadOnlyList<MetricsEntry> log) =>
        Progress(log, "gradient norm", ("gradient norm", e => e.GradientNorm)) with { FromZero = true };

    /// <summary>How many directions the encoder's vectors use; a fall to 1 is a collapse.</summary>
    public static Chart EffectiveRank(IReadOnlyList<MetricsEntry> log) =>
        Progress([.. log.Where(e => e.EffectiveRank is not null)], "effective rank",
        ("effective rank", e => e.EffectiveRank)) with
        { FromZero = true };

    public static Chart Probe(IReadOnlyList<MetricsEntry> log) =>
        Progress([.. log.Where(e => e.ProbeAccuracy is not null)], "nearest neighbours' accuracy, %",
            ("labelled probe images", e => e.ProbeAccuracy * 100)) with
        {
            Level = log.LastOrDefault(e => e.ProbeChance is not null)?.ProbeChance * 100,
            LevelName = "chance",
        };

    /// <summary>One line per start that was probed while it was pretrained, over its time.</summary>
    public static Chart ProbeOverMinutes(StartComparison comparison)
    {
        MetricsEntry[] Probed(StartRow row) => [.. row.Start.Log.Where(e => e is { ProbeAccuracy: not null, Seconds: not null })];
        var starts = comparison.Rows.Select(row => (row.Start.Name, Log: Probed(row))).Where(start => start.Log.Length > 0).ToList();
        static ChartPoint Over(MetricsEntry e) => new(Rounded(e.Seconds!.Value / 60), Rounded(e.ProbeAccuracy!.Value * 100));
        return new("minutes of pretraining", "nearest neighbours' accuracy, %",
            [.. starts.Select(start => new ChartSeries(start.Name, [.. Thin(start.Log, MostPoints).Select(Over)]))])
        {
            Level = starts.Count > 0 ? starts[0].Log[^1].ProbeChance * 100 : null,
            LevelName = "chance",
        };
    }

    /// <summary>Evenly spaced, the first and the last among them.</summary>
    public static IReadOnlyList<T> Thin<T>(IReadOnlyList<T> all, int most) => all.Count <= most
        ? all
        : [.. Enumerable.Range(0, most).Select(i =>
        all[(int)Math.Round(i * (all.Count - 1.0) / (most - 1), MidpointRounding.AwayFromZero)])];

    private static Chart Accuracy(
        IReadOnlyList<MetricsEntry> log,
        IEnumerable<string> names,
        Func<IReadOnlyDictionary<string, IReadOnlyDictionary<string, double>>, string, IEnumerable<double>> values) =>
        Progress(log, "contrastive accuracy, %", [.. names.Select(name => (name, (Func<MetricsEntry, double?>)(e =>
            e.Accuracies is null ? null : values(e.Accuracies, name).Select(v => (double?)v * 100).DefaultIfEmpty().Average())))]) with
        {
            Level = log[^1].AccuracyChance * 100,
            LevelName = "chance",
        };

    private static IEnumerable<string> AccuracyNames(
        IReadOnlyList<MetricsEntry> log, Func<IReadOnlyDictionary<string, IReadOnlyDictionary<string, double>>,
        IEnumerable<string>> names) =>
        log.Where(e => e.Accuracies is not null).SelectMany(e => names(e.Accuracies!)).Distinct();

    private static Chart Progress(IReadOnlyList<MetricsEntry> log, string y,
        params (string Name, Func<MetricsEntry, double?> Value)[] lines) =>
        new("epoch", y, [.. lines.Select(line =>
            new ChartSeries(line.Name, [.. Thin(log, MostPoints).SelectMany(e => Point(e, line.Value))]))]);

    // Five digits are more than any screen shows.
    private static ChartPoint[] Point(MetricsEntry entry, Func<MetricsEntry, double?> value) =>
        value(entry) is { } y && double.IsFinite(y) ? [new(Rounded(entry.Epoch), Rounded(y))] : [];

    private static double Rounded(double value) =>
        double.Parse(value.ToString("G5", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);

    private static ChartSeries Series(LabelCurve curve, LabelComparison comparison) =>
        new(curve.Name, [.. curve.Points.Select(p => new ChartPoint(
        p.Amount, p.Top1.Mean, p.Top1.Low, p.Top1.High, p.Top1.Mean.ToString("0.0", CultureInfo.InvariantCulture),
        Side(p, curve, comparison)))]);

    /// <summary>The best curve is labelled above, the worst below, those between not at all: there the labels would collide.</summary>
    private static int? Side(LabelPoint point, LabelCurve curve, LabelComparison comparison)
    {
        LabelCurve[] order = [.. comparison.Curves
            .Select(c => (Curve: c, Point: c.Points.FirstOrDefault(p => p.Amount == point.Amount)))
            .Where(c => c.Point is not null)
            .OrderBy(c => c.Point!.Top1.Mean)
            .Select(c => c.Curve)];
        return order[^1] == curve ? 1 : order[0] == curve ? -1 : null;
    }

    private static string ArrowLabel(LabelSaving saving) => FormattableString.Invariant(
        $"{(saving.Reading == FactorReading.MoreThan ? "> " : "")}{saving.Factor:0.0} ×");
}
