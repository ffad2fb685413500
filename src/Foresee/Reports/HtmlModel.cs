using System.Globalization;
using Foresee.Inference;

namespace Foresee.Reports;

/// <summary>The part of the report that answers: how good is this model, where does it err, and how far can it be relied on?</summary>
internal static class HtmlModel
{
    public static void Lead(HtmlText html, ModelReport report)
    {
        var accuracy = report.Accuracy;
        html.Add($"<p class=\"lead\">Measured on {report.MeasuredOn}.</p>\n");
        html.Add($"<ul class=\"tiles\">\n");
        Tile(html, Percent(accuracy.Share), FormattableString.Invariant($"right in {report.Model.Classes.Count} classes (95 % interval {Number(accuracy.Low)} to {Number(accuracy.High)}, {accuracy.Whole:N0} images)"));
        Tile(html, Percent(report.Reliability.ExpectedError), $"calibration error: how far its confidence is from how often it is right");
        if (report.Conformal.FirstOrDefault(sets => sets.Wanted == 0.9) is { } sets)
            Tile(html, $"{sets.Size.ToString("0.0", CultureInfo.InvariantCulture)}", $"classes on average in sets of 90 %, of which {Percent(sets.Coverage)} hold the true one");
        if (report.OutOfPlace is { ForeignFlagged: { } flagged })
            Tile(html, Percent(flagged.Share), $"of images of another kind recognised as out of place");
        html.Add($"</ul>\n");
        foreach (var remark in Remarks(report)) html.Add($"<p class=\"note\">{remark}</p>\n");
    }

    public static void Sections(HtmlText html, ModelReport report)
    {
        HtmlConfusion.Section(html, report);
        HtmlConfusion.Classes(html, report);
        HtmlCalibration.Section(html, report);
        HtmlCalibration.Sets(html, report);
        HtmlCalibration.OutOfPlace(html, report);
        HtmlModelImages.Section(html, report);
        if (report.Map is { } map) HtmlFeatureMap.Section(html, map, report.Model.Classes);
    }

    /// <summary>What was tried before this model was chosen.</summary>
    public static void Tried(HtmlText html, ModelDescription model)
    {
        if (model.Tried.Count == 0) return;
        html.Add($"<section aria-labelledby=\"tried\">\n<h2 id=\"tried\">What was tried</h2>\n");
        html.Add($"<p class=\"note\" id=\"tried-columns\">Top-1 accuracy in % on labelled images that were held out, with its 95 % interval; the first row was chosen.</p>\n");
        html.Scroll("Candidates").Add($"<table aria-describedby=\"tried-columns\">\n<thead><tr><th scope=\"col\">start</th><th scope=\"col\" class=\"text\">protocol</th><th scope=\"col\">accuracy</th><th scope=\"col\">time, s</th></tr></thead>\n<tbody>\n");
        foreach (var candidate in model.Tried.OrderByDescending(c => c.Start == model.Start && c.Protocol == model.Protocol)
            .ThenByDescending(c => c.Accuracy ?? double.NegativeInfinity))
        {
            html.Add($"<tr><th scope=\"row\">{candidate.Start}</th><td class=\"text\">{candidate.Protocol}</td>");
            if (candidate.Accuracy is not { } accuracy)
            {
                html.Add($"<td class=\"text\" colspan=\"2\">{candidate.Reason ?? "not measured"}</td></tr>\n");
                continue;
            }
            html.Add($"<td>{accuracy:0.0}");
            if (candidate is { Low: { } low, High: { } high }) html.Add($" <small>{low:0.0} to {high:0.0}</small>");
            if (candidate.Reason is { } reason) html.Add($" <small>{reason}</small>");
            html.Add($"</td><td>{candidate.Seconds:0}</td></tr>\n");
        }
        html.Add($"</tbody>\n</table></div>\n</section>\n");
    }

    /// <summary>The description of the model, in words and as it is stored.</summary>
    public static void Record(HtmlText html, ModelDescription model)
    {
        html.Add($"<section aria-labelledby=\"model\">\n<h2 id=\"model\">The model's record</h2>\n");
        if (model.Command.Length > 0) html.Code(model.Command);
        html.Add($"<dl>\n");
        foreach (var fact in Facts(model).Where(fact => fact.Value.Length > 0))
            html.Add($"<div><dt>{fact.Name}</dt><dd>{fact.Value}</dd></div>\n");
        html.Add($"</dl>\n<details>\n<summary>Everything that model.json holds, but names of references and scores</summary>\n");
        html.Code((model with { References = [], Conformal = null }).ToJson()).Add($"</details>\n</section>\n");
    }

    private static IEnumerable<ReportFact> Facts(ModelDescription model)
    {
        yield return new("Start", model.Start);
        yield return new("Protocol", model.Protocol);
        yield return new("Classes", string.Join(", ", model.Classes));
        yield return new("Input", FormattableString.Invariant(
            $"{model.Input.Width} x {model.Input.Height} pixels, {model.Input.Channels} channels, read at {model.Input.ReadWidth} x {model.Input.ReadHeight}"));
        yield return new("Features", model.Features.ToString(CultureInfo.InvariantCulture));
        yield return new("Temperature", model.Temperature.ToString("0.###", CultureInfo.InvariantCulture));
        if (model.Accuracy is { } accuracy)
            yield return new("Accuracy when it was fitted", FormattableString.Invariant(
                $"{accuracy.Mean:0.0} % (95 % interval {accuracy.Low:0.0} to {accuracy.High:0.0}, {accuracy.Images} images, {accuracy.How})"));
        if (model.Novelty is { } rule)
            yield return new("Out of place", FormattableString.Invariant(
                $"mean cosine distance to the {rule.Neighbours} nearest of {model.References.Count} references above {rule.Threshold:0.####}"));
        yield return new("Learnt from", FormattableString.Invariant($"{model.Labels} labelled images of {model.Data}"));
        yield return new("Data hash", model.DataHash);
        yield return new("Seed", model.Seed.ToString(CultureInfo.InvariantCulture));
        yield return new("Fitted", model.Time?.ToUniversalTime().ToString("yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture) ?? "");
        yield return new("Time taken", model.Seconds > 0 ? FormattableString.Invariant($"{model.Seconds / 60:0.0} min") : "");
        yield return new("Machine", model.Machine);
        yield return new("Foresee", model.Program);
        yield return new("Commit", model.Commit ?? "");
    }

    private static IEnumerable<string> Remarks(ModelReport report)
    {
        if (report.Calibrated && report.Model.Tried.Count(c => c.Accuracy is not null) > 1)
            yield return "The best of several candidates was chosen on these same images, and its probabilities were calibrated on them: on new images expect a little less.";
        else if (report.Calibrated)
            yield return "The probabilities were calibrated on these same images: on new ones the calibration error is a little higher.";
        if (report.Accuracy.Whole < 100)
            yield return FormattableString.Invariant($"{report.Accuracy.Whole} images are few: read every number below with its interval.");
    }

    private static void Tile(HtmlText html, string value, string meaning) =>
        html.Add($"<li><strong>{value}</strong> <span>{meaning}</span></li>\n");

    /// <summary>"87.3 %" of 0.873.</summary>
    public static string Percent(double share) => $"{Number(share)}\u00a0%"; // never parted by a line break

    /// <summary>"87.3" of 0.873.</summary>
    public static string Number(double share) => (100 * share).ToString("0.0", CultureInfo.InvariantCulture);
}
