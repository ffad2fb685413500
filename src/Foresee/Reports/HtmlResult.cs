using System.Globalization;
using Foresee.Evaluation;

namespace Foresee.Reports;

/// <summary>The part of the report that answers: how accurate with how many labels, and how many labels are saved.</summary>
internal static class HtmlResult
{
    public static void Lead(HtmlText html, LabelComparison comparison)
    {
        foreach (var sentence in Headline.Sentences(comparison).Take(3)) html.Add($"<p class=\"lead\">{sentence}</p>\n");
    }

    public static void Section(HtmlText html, LabelComparison comparison, Dictionary<string, Chart> charts)
    {
        html.Add($"<section aria-labelledby=\"result\">\n<h2 id=\"result\">Accuracy with few labels</h2>\n");
        Tiles(html, comparison);
        Figure(html, "labels", $"Top-1 accuracy on {comparison.Data} over {comparison.Unit}", Description(comparison),
            $"Bands: 95 % intervals{ArrowNote(comparison)}");
        charts["labels"] = ReportCharts.LabelEfficiency(comparison);
        Table(html, comparison);
        html.Add($"</section>\n");
    }

    /// <summary>A place that report.js draws into.</summary>
    public static void Figure(HtmlText html, string chart, string title, string description, string note = "") => html.Add(
        $"<figure>\n<figcaption>{title} <small>{note}</small></figcaption>\n<div class=\"plot\" role=\"img\" aria-label=\"{description}\" data-chart=\"{chart}\"></div>\n</figure>\n");

    private static void Tiles(HtmlText html, LabelComparison comparison)
    {
        html.Add($"<ul class=\"tiles\">\n");
        foreach (var saving in comparison.Savings.Where(s => s.Reading != FactorReading.LessThan && s.Factor > 1))
        {
            var more = saving.Reading == FactorReading.MoreThan ? ">" : "";
            html.Add($"<li><strong>{more}{saving.Factor:0.0} ×</strong> <span>the labels: what {comparison.Rival!.Name} needs to match {comparison.Method.Name} with {saving.Labels:0.##} {comparison.Unit}</span></li>\n");
        }
        foreach (var difference in comparison.Differences.Take(1))
            html.Add($"<li><strong>{Headline.Points(difference.Difference.Mean)}</strong> <span>{comparison.Method.Name} over {comparison.Rival!.Name}, with {difference.Amount:0.##} {comparison.Unit}</span></li>\n");
        html.Add($"</ul>\n");
    }

    private static void Table(HtmlText html, LabelComparison comparison)
    {
        html.Add($"<p class=\"note\" id=\"columns\">Top-1 accuracy on the {comparison.MeasuredOn} images in %, mean over draws of labels with its 95 % interval. {Explanation(comparison)}</p>\n").Scroll("Accuracy by labels").Add($"<table aria-describedby=\"columns\">\n");
        html.Add($"<thead><tr><th scope=\"col\">{comparison.Unit}</th>");
        foreach (var curve in comparison.Curves) html.Add($"<th scope=\"col\">{curve.Name}</th>");
        if (comparison.Differences.Count > 0) html.Add($"<th scope=\"col\">difference</th><th scope=\"col\">labels saved</th>");
        html.Add($"</tr></thead>\n<tbody>\n");
        foreach (var amount in ReportCharts.Amounts(comparison)) Row(html, amount, comparison);
        html.Add($"</tbody>\n</table></div>\n");
    }

    private static void Row(HtmlText html, double amount, LabelComparison comparison)
    {
        html.Add($"<tr><th scope=\"row\">{amount:0.##}</th>");
        foreach (var curve in comparison.Curves)
        {
            var point = curve.Points.FirstOrDefault(p => p.Amount == amount);
            Cell(html, point?.Top1, Percent);
        }
        if (comparison.Differences.Count > 0)
        {
            var difference = comparison.Differences.FirstOrDefault(d => d.Amount == amount)?.Difference;
            Cell(html, difference, Headline.Signed);
            html.Add($"<td>{string.Concat(comparison.Savings.Where(s => s.Labels == amount).Select(Factor))}</td>");
        }
        html.Add($"</tr>\n");
    }

    private static void Cell(HtmlText html, Interval? interval, Func<double, string> write)
    {
        html.Add($"<td>{(interval is { } known ? write(known.Mean) : "")}");
        if (interval is { Low: { } low, High: { } high }) html.Add($" <small>{write(low)} to {write(high)}</small>");
        html.Add($"</td>");
    }

    private static string Factor(LabelSaving saving) => saving.Reading switch
    {
        FactorReading.MoreThan when saving.Factor <= 1 => "not measured",
        FactorReading.LessThan => "none",
        FactorReading.Measured when saving.Factor <= 1 => "none",
        FactorReading.MoreThan => FormattableString.Invariant($"> {saving.Factor:0.0} ×"),
        _ => FormattableString.Invariant($"{saving.Factor:0.0} ×"),
    };

    private static string ArrowNote(LabelComparison comparison) =>
        ReportCharts.Arrows(comparison).Count == 0 ? "" : "; arrows: times the labels for the same accuracy";

    private static string Explanation(LabelComparison comparison) => comparison.Rival is null ? "" :
        $"Difference: {comparison.Method.Name} minus {comparison.Rival.Name} on the same draws. "
        + $"Labels saved: how many times the labels {comparison.Rival.Name} needs for the same accuracy, read off its curve.";

    public static string Description(LabelComparison comparison) =>
        $"Line plot of accuracy over {comparison.Unit}. " + string.Join(" ", comparison.Curves.Select(c =>
        $"{c.Name}: {string.Join(", ", c.Points.Select(p => $"{Percent(p.Top1.Mean)} % with {p.Amount.ToString("0.##", CultureInfo.InvariantCulture)}"))}."));

    private static string Percent(double value) => value.ToString("0.0", CultureInfo.InvariantCulture);
}
