using System.Text.Json;
using System.Text.RegularExpressions;
using Foresee.Torch.Files;

namespace Foresee.Reports;

/// <summary>
/// One HTML file that needs no network and no other file: style, charting library, data and pictures are inside, and its
/// content security policy forbids the browser to load anything else. Readable without scripts too: each plot's numbers
/// stand below it as a table.
/// </summary>
public static partial class HtmlReport
{
    public const string FileName = "report.html";

    /// <summary>A page of fewer parts needs no table of contents.</summary>
    private const int LongPage = 5;

    public static void Write(string path, ReportContent content) => AtomicFile.Write(path, Render(content));

    public static string Render(ReportContent content)
    {
        var charts = new Dictionary<string, Chart>();
        var (html, parts) = (new HtmlText(), Parts(content, charts));
        Head(html, content.Title);
        html.Add($"<main>\n<header>\n<p class=\"kicker\">Foresee report</p>\n<h1>{content.Title}</h1>\n");
        if (content.Model is { } model) HtmlModel.Lead(html, model);
        if (content is { Comparison: { } lead, Model: null }) HtmlResult.Lead(html, lead);
        if (content.Starts is { } verdict) HtmlStarts.Lead(html, verdict);
        html.Add($"</header>\n").AddTrusted(Contents(parts)).AddTrusted(parts).Add($"</main>\n");
        Scripts(html, charts);
        return html.Add($"</body>\n</html>\n").ToString();
    }

    /// <summary>All sections, one after the other.</summary>
    private static string Parts(ReportContent content, Dictionary<string, Chart> charts)
    {
        var html = new HtmlText();
        var described = content.Model?.Model ?? content.Unmeasured;
        if (content.Model is { } model) HtmlModel.Sections(html, model);
        if (described is not null) HtmlModel.Tried(html, described);
        if (content.Comparison is { } comparison) HtmlResult.Section(html, comparison, charts);
        if (content.Starts is { } starts) HtmlStarts.Section(html, starts, charts);
        if (content.Ablation is { } ablation) HtmlAblation.Section(html, ablation);
        if (content.Pretraining.Count > 0) HtmlPretraining.Section(html, content.Pretraining, charts);
        HtmlRun.Pictures(html, content.Pictures);
        if (described is not null) HtmlModel.Record(html, described);
        HtmlRun.WhatWasRun(html, content.Run, content.Facts);
        HtmlRun.Next(html, content.Next);
        return html.ToString();
    }

    /// <summary>Links to the parts of a long page, by their headings.</summary>
    private static string Contents(string parts)
    {
        var links = Heading().Matches(parts).Select(match => $"<li><a href=\"#{match.Groups[1].Value}\">{match.Groups[2].Value}</a></li>\n").ToList();
        return links.Count < LongPage ? "" : $"<nav aria-label=\"Contents\">\n<ul>\n{string.Concat(links)}</ul>\n</nav>\n";
    }

    [GeneratedRegex("<h2 id=\"([a-z-]+)\">(.*?)</h2>")]
    private static partial Regex Heading();

    internal static void Head(HtmlText html, string title)
    {
        html.Add($"<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
        html.Add($"<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta name=\"color-scheme\" content=\"light dark\">\n");
        html.Add($"<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:\">\n");
        html.Add($"<title>{title}</title>\n<style>\n").AddTrusted(Asset("report.css")).Add($"</style>\n</head>\n<body>\n");
    }

    private static void Scripts(HtmlText html, Dictionary<string, Chart> charts)
    {
        if (charts.Count == 0) return;
        // The serialiser writes < as \u003C, so no text in the data can end the script element.
        var data = JsonSerializer.Serialize(charts, ReportJson.Default.Charts);
        html.AddTrusted($"<script type=\"application/json\" id=\"charts\">{data}</script>\n");
        foreach (var name in new[] { "d3.min.js", "plot.min.js", "report.js" })
            html.AddTrusted($"<script>\n{Asset(name)}</script>\n");
    }

    internal static string Asset(string name)
    {
        using var stream = typeof(HtmlReport).Assembly.GetManifestResourceStream($"Foresee.Reports.{name}")
            ?? throw new InvalidOperationException($"The assembly should contain the file '{name}', but does not; build src/Foresee again.");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
