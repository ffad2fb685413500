namespace Foresee.Reports;

/// <summary>The part of the report that answers: which start is best for these images?</summary>
internal static class HtmlStarts
{
    public static void Lead(HtmlText html, StartComparison comparison)
    {
        foreach (var sentence in comparison.Sentences()) html.Add($"<p class=\"lead\">{sentence}</p>\n");
    }

    public static void Section(HtmlText html, StartComparison comparison, Dictionary<string, Chart> charts)
    {
        html.Add($"<section aria-labelledby=\"starts\">\n<h2 id=\"starts\">The starts compared</h2>\n");
        var curves = comparison.Curves();
        HtmlResult.Figure(html, "labels", $"Top-1 accuracy on {comparison.Data} over {comparison.Unit}", HtmlResult.Description(curves),
            "Bands: 95 % intervals over draws of labels");
        charts["labels"] = ReportCharts.LabelEfficiency(curves);
        Table(html, comparison);
        Notes(html, comparison);
        Minutes(html, comparison, charts);
        Protocols(html, comparison);
        html.Add($"</section>\n");
    }

    private static void Table(HtmlText html, StartComparison comparison)
    {
        html.Add($"<p class=\"note\" id=\"columns\">Top-1 accuracy on the {comparison.MeasuredOn} images in %, mean over draws of labels with its 95 % interval, by the protocol chosen for each start on other images; behind: points to the best start on the same draws with their 95 % interval; best: the probability that the start is the best one, over draws of labels.</p>\n");
        html.Scroll("Starts").Add($"<table class=\"wide\" aria-describedby=\"columns\">\n<thead><tr><th scope=\"col\">start</th>");
        foreach (var labels in comparison.Amounts)
            html.Add($"<th scope=\"col\">{labels}</th><th scope=\"col\">protocol</th><th scope=\"col\">behind</th><th scope=\"col\">best</th>");
        html.Add($"<th scope=\"col\">images seen</th><th scope=\"col\">pretraining, min</th><th scope=\"col\">evaluation, min</th><th scope=\"col\">memory, MiB</th></tr></thead>\n<tbody>\n");
        foreach (var row in comparison.Rows) Row(html, row, comparison.Amounts.Count);
        html.Add($"</tbody>\n</table></div>\n");
    }

    private static void Row(HtmlText html, StartRow row, int amounts)
    {
        html.Add($"<tr><th scope=\"row\">{row.Start.Name}</th>");
        if (row.Start.Reason is { } reason)
        {
            html.Add($"<td class=\"text\" colspan=\"{4 * amounts + 4}\">not measured: {reason}</td></tr>\n");
            return;
        }
        foreach (var point in row.Points)
            html.Add($"<td>{point.Top1}</td><td>{point.Protocol}</td><td>{(point.Behind is { } behind ? behind.Signed() : "")}</td><td>{(point.Probability is { } probability ? StartComparison.Percent(probability) : "")}</td>");
        html.Add($"<td>{row.Start.Images:N0}</td><td>{row.Start.PretrainSeconds / 60:0.0}</td><td>{row.Start.EvaluationSeconds / 60:0.0}</td><td>{row.Start.PeakMib:N0}</td></tr>\n");
    }

    private static void Notes(HtmlText html, StartComparison comparison)
    {
        html.Add($"<ul>\n");
        foreach (var start in comparison.Rows.Select(row => row.Start))
        {
            if (start.Encoder.Length > 0) html.Add($"<li>{start.Name}: {start.Encoder}</li>\n");
            foreach (var remark in start.Remarks) html.Add($"<li>{start.Name}: {remark}</li>\n");
        }
        html.Add($"<li>The intervals and probabilities tell of draws of labels. Each start was pretrained once: another seed of it, or other images to measure on, would move the numbers, too.</li>\n</ul>\n");
    }

    private static void Minutes(HtmlText html, StartComparison comparison, Dictionary<string, Chart> charts)
    {
        var chart = ReportCharts.ProbeOverMinutes(comparison);
        if (chart.Series.Count == 0) return;
        charts["minutes"] = chart;
        HtmlResult.Figure(html, "minutes", "Nearest neighbours on labelled training images over minutes of pretraining",
            "Line plot of the accuracy of the online probe over minutes. " + string.Join(" ", chart.Series.Select(series =>
                FormattableString.Invariant($"{series.Name}: from {series.Points[0].Y:0.0} to {series.Points[^1].Y:0.0} %."))));
    }

    private static void Protocols(HtmlText html, StartComparison comparison)
    {
        html.Add($"<details>\n<summary>Every protocol that was measured</summary>\n").Scroll("Every protocol").Add($"<table>\n<thead><tr><th scope=\"col\">start</th><th scope=\"col\">protocol</th>");
        foreach (var labels in comparison.Amounts) html.Add($"<th scope=\"col\">{labels}</th>");
        html.Add($"</tr></thead>\n<tbody>\n");
        foreach (var start in comparison.Rows.Select(row => row.Start))
            foreach (var protocol in start.Results.GroupBy(row => row.Protocol))
            {
                html.Add($"<tr><th scope=\"row\">{start.Name}</th><td>{protocol.Key}</td>");
                foreach (var labels in comparison.Amounts)
                    html.Add($"<td>{string.Concat(protocol.Where(row => row.Labels == labels).GroupBy(row => row.Labels).Select(rows => LabelComparison.Spread([.. rows])))}</td>");
                html.Add($"</tr>\n");
            }
        html.Add($"</tbody>\n</table></div>\n</details>\n");
    }
}
