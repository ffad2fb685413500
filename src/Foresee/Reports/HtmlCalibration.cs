using System.Globalization;
using Foresee.Evaluation.Scores;

namespace Foresee.Reports;

/// <summary>How far a model's probabilities, sets of classes and warnings can be relied on.</summary>
internal static class HtmlCalibration
{
    private const double Left = 46, Top = 14, Side = 280, Below = 64, Bar = Side / Reliability.UsualBins;

    public static void Section(HtmlText html, ModelReport report)
    {
        var reliability = report.Reliability;
        html.Add($"<section aria-labelledby=\"calibration\">\n<h2 id=\"calibration\">Is it as often right as it says?</h2>\n<div class=\"beside\">\n");
        Diagram(html, reliability);
        html.Add($"<div>\n<p>{Verdict(report)}</p>\n<dl>\n");
        Fact(html, "Expected calibration error", $"{HtmlModel.Percent(reliability.ExpectedError)} (95 % interval {HtmlModel.Number(report.ErrorRange.Low)} to {HtmlModel.Number(report.ErrorRange.High)}; {reliability.Bins.Count} bins, {report.Accuracy.Whole.ToString("N0", CultureInfo.InvariantCulture)} images)");
        Fact(html, "With equally full bins", HtmlModel.Percent(report.AdaptiveError));
        Fact(html, "Brier score", $"{Three(report.Probabilities.Brier)} (0 is best, 2 is worst)");
        Fact(html, "Negative log-likelihood", $"{Three(report.Probabilities.NegativeLogLikelihood)} nats (knowing nothing: {Three(Math.Log(report.Model.Classes.Count))})");
        html.Add($"</dl>\n<p class=\"note\">A model that is exactly as often right as it says would show {HtmlModel.Percent(report.PerfectError)} with so many images: the error is above 0 by chance alone, and its interval (images drawn with replacement) lies high where they are few.</p>\n</div>\n</div>\n");
        Bins(html, reliability);
        html.Add($"</section>\n");
    }

    private static string Verdict(ModelReport report)
    {
        var said = report.Reliability.Bins.Sum(bin => bin.Confidence * bin.Images) / report.Accuracy.Whole;
        var right = report.Accuracy.Share;
        var text = $"On average it is {HtmlModel.Percent(said)} sure and {HtmlModel.Percent(right)} right";
        return said - right > 0.02 ? $"{text}: it says more than it knows."
            : right - said > 0.02 ? $"{text}: it knows more than it says." : $"{text}.";
    }

    private static void Diagram(HtmlText html, Reliability reliability)
    {
        var text = "Reliability diagram. " + string.Join(" ", reliability.Bins.Where(bin => bin.Images > 0).Select(bin =>
            $"{HtmlModel.Number(bin.Confidence)} % sure: {HtmlModel.Number(bin.Accuracy)} % right, {bin.Images.ToString(CultureInfo.InvariantCulture)} images."));
        html.Add($"<figure>\n<figcaption>Confidence and accuracy <small>bars: share that is right; dashed: perfect; below: how many images</small></figcaption>\n");
        html.Add($"<svg class=\"drawing\" viewBox=\"0 0 {Left + Side + 14} {Top + Side + Below + 44}\" role=\"img\" aria-label=\"{text}\">\n<g aria-hidden=\"true\">\n");
        for (var tick = 0; tick <= 4; tick++)
        {
            double at = tick / 4.0, y = Top + Side * (1 - at), x = Left + Side * at;
            html.Add($"<line class=\"rule\" x1=\"{Left}\" x2=\"{Left + Side}\" y1=\"{y:0.#}\" y2=\"{y:0.#}\"/><text x=\"{Left - 7}\" y=\"{y + 4:0.#}\" text-anchor=\"end\">{100 * at:0}</text>");
            html.Add($"<text x=\"{x:0.#}\" y=\"{Top + Side + Below + 18:0.#}\" text-anchor=\"middle\">{100 * at:0}</text>\n");
        }
        var most = Math.Max(1, reliability.Bins.Max(bin => bin.Images));
        foreach (var bin in reliability.Bins.Where(bin => bin.Images > 0))
        {
            double x = Left + Side * bin.Low, height = Side * bin.Accuracy, images = (Below - 10.0) * bin.Images / most;
            html.Add($"<rect class=\"bar\" x=\"{x + 1:0.#}\" width=\"{Bar - 2:0.#}\" y=\"{Top + Side - height:0.#}\" height=\"{height:0.#}\"/>");
            html.Add($"<rect class=\"count\" x=\"{x + 1:0.#}\" width=\"{Bar - 2:0.#}\" y=\"{Top + Side + Below - images:0.#}\" height=\"{images:0.#}\"/>");
            html.Add($"<circle class=\"mark\" cx=\"{Left + Side * bin.Confidence:0.#}\" cy=\"{Top + Side - height:0.#}\" r=\"3\"/>\n");
        }
        html.Add($"<line class=\"perfect\" x1=\"{Left}\" y1=\"{Top + Side}\" x2=\"{Left + Side}\" y2=\"{Top}\"/>\n");
        html.Add($"<text x=\"{Left + Side / 2}\" y=\"{Top + Side + Below + 37}\" text-anchor=\"middle\">confidence, %</text><text transform=\"translate(12 {Top + Side / 2}) rotate(-90)\" text-anchor=\"middle\">right, %</text>\n</g>\n</svg>\n</figure>\n");
    }

    private static void Bins(HtmlText html, Reliability reliability)
    {
        html.Add($"<details>\n<summary>Numbers of the diagram</summary>\n").Scroll("Numbers of the diagram").Add($"<table>\n<thead><tr><th scope=\"col\">confidence, %</th><th scope=\"col\">images</th><th scope=\"col\">mean confidence</th><th scope=\"col\">right</th></tr></thead>\n<tbody>\n");
        foreach (var bin in reliability.Bins.Where(bin => bin.Images > 0))
            html.Add($"<tr><th scope=\"row\">{HtmlModel.Number(bin.Low)} to {HtmlModel.Number(bin.High)}</th><td>{bin.Images}</td><td>{HtmlModel.Number(bin.Confidence)}</td><td>{HtmlModel.Number(bin.Accuracy)}</td></tr>\n");
        html.Add($"</tbody>\n</table></div>\n</details>\n");
    }

    /// <summary>Sets of classes in place of one.</summary>
    public static void Sets(HtmlText html, ModelReport report)
    {
        if (report.Conformal.Count == 0) return;
        html.Add($"<section aria-labelledby=\"sets\">\n<h2 id=\"sets\">Several classes instead of one</h2>\n");
        html.Add($"<p>A conformal set names as many classes as are needed for the true one to be among them as often as asked for: <code>foresee predict --coverage 0.9</code>.</p>\n");
        var how = report.Calibrated
            ? "Measured on random halves of the images, the other half giving the threshold (100 times)."
            : "Measured on images that gave no threshold.";
        html.Add($"<p class=\"note\" id=\"sets-note\">{how} One class: how many of the sets name a single class; none: how many name no class, since none is likely enough.</p>\n");
        html.Scroll("Coverage and size of sets").Add($"<table aria-describedby=\"sets-note\">\n<thead><tr><th scope=\"col\">asked for</th><th scope=\"col\">true class in the set</th><th scope=\"col\">classes in a set</th><th scope=\"col\">one class</th><th scope=\"col\">none</th></tr></thead>\n<tbody>\n");
        foreach (var sets in report.Conformal)
            html.Add($"<tr><th scope=\"row\">{100 * sets.Wanted:0} %</th><td>{HtmlModel.Percent(sets.Coverage)}</td><td>{sets.Size:0.00}</td><td>{HtmlModel.Percent(sets.Single)}</td><td>{HtmlModel.Percent(sets.Empty)}</td></tr>\n");
        html.Add($"</tbody>\n</table></div>\n");
        OfClasses(html, report.Conformal[report.Conformal.Count / 2], report.Model.Classes);
        html.Add($"</section>\n");
    }

    private static void OfClasses(HtmlText html, ConformalSets sets, IReadOnlyList<string> classes)
    {
        html.Add($"<details>\n<summary>Class by class, at {100 * sets.Wanted:0} %</summary>\n<p class=\"note\">The promise holds for all images together; a hard class may be covered less often.</p>\n").Scroll("Sets class by class").Add($"<table class=\"names\">\n<thead><tr><th scope=\"col\">class</th><th scope=\"col\">true class in the set</th><th scope=\"col\">classes in a set</th></tr></thead>\n<tbody>\n");
        foreach (var (name, of) in classes.Zip(sets.OfClass).Where(pair => pair.Second is not null).OrderBy(pair => pair.Second!.Coverage))
            html.Add($"<tr><th scope=\"row\">{name}</th><td>{HtmlModel.Percent(of!.Coverage)}</td><td>{of.Size:0.00}</td></tr>\n");
        html.Add($"</tbody>\n</table></div>\n</details>\n");
    }

    public static void OutOfPlace(HtmlText html, ModelReport report)
    {
        if (report.OutOfPlace is not { } measured) return;
        html.Add($"<section aria-labelledby=\"place\">\n<h2 id=\"place\">Does it notice what is out of place?</h2>\n");
        html.Add($"<p>An image is called out of place when it lies farther from the images that the model learnt from than {HtmlModel.Percent(measured.Rule.Specificity)} of images like them do. Of the images measured here, which are in place, {HtmlModel.Percent(measured.Flagged.Share)} were called so ({measured.Flagged.Part} of {measured.Flagged.Whole}).</p>\n");
        if (measured is { ForeignFlagged: { } foreign, Area: { } area })
            html.Add($"<p>Of the images of {measured.Foreign}, which are of another kind, {HtmlModel.Percent(foreign.Share)} were (95 % interval {HtmlModel.Number(foreign.Low)} to {HtmlModel.Number(foreign.High)}, {foreign.Part} of {foreign.Whole}). In {HtmlModel.Percent(area)} of all pairs the foreign image lies farther away than the one in place (area under the ROC curve).</p>\n");
        html.Add($"</section>\n");
    }

    private static void Fact(HtmlText html, string name, string value) => html.Add($"<div><dt>{name}</dt><dd>{value}</dd></div>\n");

    private static string Three(double value) => value.ToString("0.000", CultureInfo.InvariantCulture);
}
