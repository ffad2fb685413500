using System.Globalization;

namespace Foresee.Reports;

/// <summary>The parts of the report that tell how its numbers came about and what to do next.</summary>
internal static class HtmlRun
{
    public static void Pictures(HtmlText html, IReadOnlyList<ReportPicture> pictures)
    {
        if (pictures.Count == 0) return;
        html.Add($"<section aria-labelledby=\"pictures\">\n<h2 id=\"pictures\">Pictures</h2>\n<div class=\"pictures\">\n");
        foreach (var picture in pictures)
            html.Add($"<figure class=\"card\">\n<img alt=\"{picture.Alternative}\" src=\"data:image/png;base64,")
                .AddTrusted(Convert.ToBase64String(picture.Png.Span)).Add($"\">\n<figcaption>{picture.Caption}</figcaption>\n</figure>\n");
        html.Add($"</div>\n</section>\n");
    }

    public static void WhatWasRun(HtmlText html, RunDescription? run, IReadOnlyList<ReportFact> facts)
    {
        if (run is null && facts.Count == 0) return;
        html.Add($"<section aria-labelledby=\"run\">\n<h2 id=\"run\">What was run</h2>\n");
        if (run is not null) html.Code(run.Command);
        html.Add($"<dl>\n");
        foreach (var fact in (run is null ? [] : Facts(run)).Concat(facts))
            html.Add($"<div><dt>{fact.Name}</dt><dd>{fact.Value}</dd></div>\n");
        html.Add($"</dl>\n");
        if (run is not null) html.Add($"<details>\n<summary>All options</summary>\n").Code(Indented(run)).Add($"</details>\n");
        html.Add($"</section>\n");
    }

    public static void Next(HtmlText html, IReadOnlyList<NextCommand> commands)
    {
        if (commands.Count == 0) return;
        html.Add($"<section aria-labelledby=\"next\">\n<h2 id=\"next\">Try next</h2>\n");
        foreach (var next in commands) html.Add($"<p>{next.Purpose}:</p>\n").Code(next.Command);
        html.Add($"</section>\n");
    }

    private static IEnumerable<ReportFact> Facts(RunDescription run)
    {
        yield return new("Recipe", run.Recipe);
        yield return new("Started", run.Started.ToUniversalTime().ToString("yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture));
        yield return new("Data", string.Create(CultureInfo.InvariantCulture, $"{run.Data.Name}, {run.Data.Images} images"));
        yield return new("Data hash", run.Data.Hash);
        yield return new(run.Seeds.Count == 1
            ? "Seed"
            : "Seeds", string.Join(", ", run.Seeds.Select(s => string.Create(CultureInfo.InvariantCulture, $"{s.Key} {s.Value}"))));
        yield return new("Commit", run.Commit ?? "not known: built outside a repository");
        yield return new("Machine", run.Machine.ToString());
        if (run.Precision is not null) yield return new("Precision", run.Precision);
        foreach (var remark in run.Remarks ?? []) yield return new("Remark", remark);
        yield return new("Versions",
            $"Foresee {run.Versions.Foresee}, .NET {run.Versions.DotNet}, libtorch {run.Versions.Libtorch}, {run.Versions.Blas}");
    }

    private static string Indented(RunDescription run) =>
        System.Text.Json.JsonSerializer.Serialize(run.Options, ReportJson.Indented.JsonElement);
}
