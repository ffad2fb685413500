using System.Globalization;

namespace Foresee.Reports;

/// <summary>The images that a person should look at: mistakes, doubts, doubtful labels, and what the model holds to be alike.</summary>
internal static class HtmlModelImages
{
    public static void Section(HtmlText html, ModelReport report)
    {
        var classes = report.Model.Classes;
        Shots(html, "mistakes", "Most confident mistakes", report.Mistakes, classes, "Wrong, and sure of it: a wrong label, a case that the classes leave open, or something that the model has not seen enough of.",
            shown => $"is {classes[shown.Label]} ({Percent(shown.OfLabel)}), said {classes[shown.Predicted]} ({Percent(shown.Confidence)})");
        Shots(html, "uncertain", "Most uncertain images", report.Uncertain, classes, "The two best classes are nearly level. Labels of images like these help most once some hundred are there.",
            shown => $"is {classes[shown.Label]}; {classes[shown.Predicted]} {Percent(shown.Confidence)}, {classes[shown.Second]} {Percent(shown.OfSecond)}");
        Suspects(html, report);
        Neighbours(html, report);
    }

    private static void Suspects(HtmlText html, ModelReport report)
    {
        if (report.SuspectLabels is not { Count: var count }) return;
        var (classes, near) = (report.Model.Classes, Evaluation.Scores.LabelSuspect.Neighbours);
        if (count == 0)
        {
            html.Add($"<section aria-labelledby=\"suspects\">\n<h2 id=\"suspects\">Labels that may be wrong</h2>\n<p>None: each image that the model gets wrong has one of its own class among its {near} nearest neighbours.</p>\n</section>\n");
            return;
        }
        Shots(html, "suspects", "Labels that may be wrong", report.Suspects, classes,
            FormattableString.Invariant($"{count} images whose {near} nearest neighbours all have other labels, and which the model, without having learnt from them, takes for another class. Look at them first; many will be hard images with a right label."),
            shown => $"labelled {classes[shown.Label]}, looks like {classes[shown.Predicted]} ({Percent(shown.Confidence)})");
    }

    private static void Shots(HtmlText html, string id, string title, IReadOnlyList<ShownImage> images, IReadOnlyList<string> classes,
        string note, Func<ShownImage, string> says)
    {
        if (images.Count == 0) return;
        html.Add($"<section aria-labelledby=\"{id}\">\n<h2 id=\"{id}\">{title}</h2>\n<p class=\"note\">{note}</p>\n<ul class=\"shots\">\n");
        foreach (var shown in images)
        {
            html.Add($"<li>");
            Picture(html, shown, classes);
            html.Add($"<p>{says(shown)}<small>");
            foreach (var part in shown.Name.Split('/').SkipLast(1)) html.Add($"{part}/<wbr>");
            html.Add($"{shown.Name[(shown.Name.LastIndexOf('/') + 1)..]}</small></p></li>\n");
        }
        html.Add($"</ul>\n</section>\n");
    }

    private static void Neighbours(HtmlText html, ModelReport report)
    {
        if (report.Neighbours.Count == 0) return;
        var classes = report.Model.Classes;
        html.Add($"<section aria-labelledby=\"neighbours\">\n<h2 id=\"neighbours\">What the model holds to be alike</h2>\n<p class=\"note\">An image of a class, then its nearest neighbours among the images measured, by the cosine of their features; a dashed frame: another class.</p>\n<div class=\"rows\">\n");
        foreach (var row in report.Neighbours)
        {
            html.Add($"<ol class=\"near\" aria-label=\"{classes[row.Sample.Label]} and its nearest neighbours\">\n<li class=\"sample\">");
            Picture(html, row.Sample, classes);
            html.Add($"<p>{classes[row.Sample.Label]}</p></li>\n");
            foreach (var (near, similarity) in row.Nearest.Zip(row.Similarities))
            {
                html.Add($"<li class=\"{(near.Label == row.Sample.Label ? "same" : "other")}\">");
                Picture(html, near, classes);
                html.Add($"<p>{classes[near.Label]}<small>{similarity:0.00}</small></p></li>\n");
            }
            html.Add($"</ol>\n");
        }
        html.Add($"</div>\n</section>\n");
    }

    private static void Picture(HtmlText html, ShownImage shown, IReadOnlyList<string> classes)
    {
        if (shown.Picture is not { } picture)
        {
            html.Add($"<div class=\"blank\" role=\"img\" aria-label=\"{shown.Name}, an image of {classes[shown.Label]} that is not shown\"></div>");
            return;
        }
        html.Add($"<img alt=\"{shown.Name}, an image of {classes[shown.Label]}\" src=\"data:image/jpeg;base64,")
            .AddTrusted(Convert.ToBase64String(picture.Jpeg.Span)).Add($"\">");
    }

    private static string Percent(double share) => (100 * share).ToString(share is > 0.995 and < 1 ? "0.0" : "0", CultureInfo.InvariantCulture) + "\u00a0%";
}
