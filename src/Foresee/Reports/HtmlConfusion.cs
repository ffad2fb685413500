using Foresee.Evaluation.Scores;

namespace Foresee.Reports;

/// <summary>Which classes are taken for which, as a table of 2 to some hundred classes, and what each class scores.</summary>
internal static class HtmlConfusion
{
    private const int Shades = 9, MostPairs = 12;
    private const int MostClasses = 200; // with more the table would be most of a large file, and nobody could read it

    public static void Section(HtmlText html, ModelReport report)
    {
        var (matrix, classes) = (report.Confusion, report.Model.Classes);
        html.Add($"<section aria-labelledby=\"confusion\">\n<h2 id=\"confusion\">What is taken for what</h2>\n");
        Pairs(html, matrix, classes);
        if (matrix.Classes > MostClasses)
        {
            html.Add($"<p class=\"note\">The whole matrix of {matrix.Classes} classes is not drawn; <code>--json</code> has it.</p>\n</section>\n");
            return;
        }
        html.Add($"<p class=\"note\" id=\"confusion-note\">Each row holds the images of one class, each column those that the model took for a class; the diagonal is right. The darker, the larger the share of its row.</p>\n");
        var size = matrix.Classes <= 12 ? "few" : matrix.Classes <= 30 ? "some" : "many";
        html.Scroll("Confusion matrix", "scroll tall").Add($"<table class=\"matrix {size}\" style=\"--classes: {matrix.Classes}\" aria-describedby=\"confusion-note\">\n");
        html.Add($"<thead><tr><th scope=\"col\"><small>is ↓ &nbsp;said →</small></th>");
        foreach (var name in classes) html.Add($"<th scope=\"col\"><span>{name}</span></th>");
        html.Add($"</tr></thead>\n<tbody>\n");
        foreach (var row in matrix.Scores()) Row(html, matrix, classes, row);
        html.Add($"</tbody>\n</table></div>\n</section>\n");
    }

    private static void Row(HtmlText html, ConfusionMatrix matrix, IReadOnlyList<string> classes, ClassScore row)
    {
        html.Add($"<tr><th scope=\"row\">{classes[row.Class]}</th>");
        for (var said = 0; said < matrix.Classes; said++)
        {
            var images = matrix[row.Class, said];
            // 1 % of a row is still seen
            var shade = images == 0 ? 0 : Math.Max(1, (int)Math.Round((double)Shades * images / row.Images));
            if (images == 0) html.Add($"<td></td>");
            else html.Add($"<td class=\"h{shade}{(said == row.Class ? " own" : "")}\">{images}</td>");
        }
        html.Add($"</tr>\n");
    }

    private static void Pairs(HtmlText html, ConfusionMatrix matrix, IReadOnlyList<string> classes)
    {
        var pairs = matrix.Commonest(MostPairs);
        if (pairs.Count == 0)
        {
            html.Add($"<p>No image was taken for another class.</p>\n");
            return;
        }
        var images = matrix.Scores();
        html.Add($"<p>Taken for another class most often:</p>\n<ol class=\"pairs\">\n");
        foreach (var pair in pairs)
            html.Add($"<li><strong>{classes[pair.Label]}</strong> for <strong>{classes[pair.Predicted]}</strong>: {pair.Images} of {images[pair.Label].Images}</li>\n");
        html.Add($"</ol>\n");
    }

    /// <summary>Precision, recall and F1 of each class, the weakest first.</summary>
    public static void Classes(HtmlText html, ModelReport report)
    {
        var classes = report.Model.Classes;
        html.Add($"<section aria-labelledby=\"classes\">\n<h2 id=\"classes\">Class by class</h2>\n");
        html.Add($"<p class=\"note\" id=\"classes-note\">The weakest first. Recall: how much of a class is found, with its 95 % interval (Wilson); precision: how often it is right of so many times that it is said; F1: the harmonic mean of both. In %. Each class counted the same, {HtmlModel.Number(report.BalancedAccuracy)} % are found, and the mean F1 is {HtmlModel.Number(report.MeanF1)}.</p>\n");
        html.Scroll("Scores of each class").Add($"<table class=\"names\" aria-describedby=\"classes-note\">\n<thead><tr><th scope=\"col\">class</th><th scope=\"col\">images</th><th scope=\"col\">recall</th><th scope=\"col\">precision</th><th scope=\"col\">F1</th></tr></thead>\n<tbody>\n");
        foreach (var score in report.Confusion.Scores().OrderBy(score => score.F1 ?? 2))
        {
            html.Add($"<tr><th scope=\"row\">{classes[score.Class]}</th><td>{score.Images}</td><td>{Share(score.Recall)}");
            if (score.Images > 0 && new Proportion(score.Right, score.Images) is var found)
                html.Add($" <small>{HtmlModel.Number(found.Low)} to {HtmlModel.Number(found.High)}</small>");
            html.Add($"</td><td>{Share(score.Precision)} <small>of {score.Predicted}</small></td><td>{Share(score.F1)}</td></tr>\n");
        }
        html.Add($"</tbody>\n</table></div>\n</section>\n");
    }

    private static string Share(double? share) => share is { } known ? HtmlModel.Number(known) : "–";
}
