using System.Globalization;

namespace Foresee.Reports;

/// <summary>The part of the report that shows whether pretraining learnt anything: each measure against guessing.</summary>
internal static class HtmlPretraining
{
    private const int TableRows = 12;

    public static void Section(HtmlText html, IReadOnlyList<MetricsEntry> log, Dictionary<string, Chart> charts)
    {
        html.Add($"<section aria-labelledby=\"pretraining\">\n<h2 id=\"pretraining\">Pretraining without labels</h2>\n<p>{Summary(log)}</p>\n<div class=\"grid\">\n");
        Plot(html, charts, "loss", "Contrastive loss against guessing", ReportCharts.Loss(log));
        Plot(html, charts, "directions", "Contrastive accuracy by direction of prediction, mean over offsets",
            ReportCharts.Directions(log));
        Plot(html, charts, "offsets", "Contrastive accuracy by distance, mean over directions", ReportCharts.Offsets(log));
        Plot(html, charts, "probe", "Nearest neighbours on labelled probe images, which training never sees", ReportCharts.Probe(log));
        Plot(html, charts, "rank", "Effective rank of the encoder's vectors: near 1 it has collapsed", ReportCharts.EffectiveRank(log));
        Plot(html, charts, "rate", "Learning rate", ReportCharts.LearningRate(log));
        Plot(html, charts, "gradient", "Gradient norm before clipping", ReportCharts.GradientNorm(log));
        Plot(html, charts, "speed", "Images per second", ReportCharts.Speed(log));
        html.Add($"</div>\n</section>\n");
    }

    private static string Summary(IReadOnlyList<MetricsEntry> log)
    {
        var last = log[^1];
        var text = FormattableString.Invariant($"After {last.Epoch:0.##} epochs and {last.Step} steps the loss is {last.Loss:0.00} nats");
        if (last.Chance is { } chance) text += FormattableString.Invariant($" (guessing: {chance:0.00})");
        if (last.Accuracy is { } accuracy)
            text += FormattableString.Invariant($", and the true patch scores highest in {accuracy:0.0%} of the cases");
        if (last.Accuracy is not null && last.AccuracyChance is { } guess)
            text += FormattableString.Invariant($" (guessing: {guess:0.00%})");
        return $"{text}.".Replace("%", " %", StringComparison.Ordinal).Replace("  %", " %", StringComparison.Ordinal);
    }

    private static void Plot(HtmlText html, Dictionary<string, Chart> charts, string name, string title, Chart chart)
    {
        chart = chart with { Series = [.. chart.Series.Where(s => s.Points.Count > 0)] };
        if (chart.Series.Count == 0) return; // a method that does not log this
        charts[name] = chart;
        html.Add($"<div class=\"card\">\n");
        HtmlResult.Figure(html, name, title, Description(title, chart));
        Table(html, title, chart);
        html.Add($"</div>\n");
    }

    private static string Description(string title, Chart chart) => $"Line plot: {title}. "
        + string.Join(" ", chart.Series.Select(s => $"{s.Name}: from {Number(s.Points[0].Y)} to {Number(s.Points[^1].Y)}."))
        + (chart.Level is { } level ? $" {chart.LevelName}: {Number(level)}." : "");

    private static void Table(HtmlText html, string title, Chart chart)
    {
        html.Add($"<details>\n<summary>Numbers</summary>\n").Scroll($"Numbers: {title}").Add($"<table>\n<thead><tr><th scope=\"col\">{chart.X}</th>");
        foreach (var series in chart.Series) html.Add($"<th scope=\"col\">{series.Name}</th>");
        if (chart.Level is not null) html.Add($"<th scope=\"col\">{chart.LevelName}</th>");
        html.Add($"</tr></thead>\n<tbody>\n");
        double[] places = [.. chart.Series.SelectMany(s => s.Points).Select(p => p.X).Distinct().Order()];
        foreach (var x in ReportCharts.Thin(places, TableRows))
        {
            html.Add($"<tr><th scope=\"row\">{x:0.##}</th>");
            foreach (var series in chart.Series)
                html.Add($"<td>{(series.Points.FirstOrDefault(p => p.X == x) is { } point ? Number(point.Y) : "")}</td>");
            if (chart.Level is { } level) html.Add($"<td>{Number(level)}</td>");
            html.Add($"</tr>\n");
        }
        html.Add($"</tbody>\n</table></div>\n</details>\n");
    }

    private static string Number(double value) => value.ToString(Math.Abs(value) >= 100 ? "0" : "G3", CultureInfo.InvariantCulture);
}
