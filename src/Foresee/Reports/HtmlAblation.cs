using System.Text;

namespace Foresee.Reports;

/// <summary>The part of the report that answers: what is each step from CPC v1 to v2 worth?</summary>
internal static class HtmlAblation
{
    public static void Section(HtmlText html, AblationComparison ladder)
    {
        html.Add($"<section aria-labelledby=\"ladder\">\n<h2 id=\"ladder\">From CPC v1 to v2, step by step</h2>\n<figure>\n<img alt=\"{AblationPlot.Description(ladder)}\" src=\"data:image/svg+xml;base64,")
            .AddTrusted(Convert.ToBase64String(Encoding.UTF8.GetBytes(AblationPlot.Render(ladder)))).Add($"\">\n</figure>\n");
        html.Add($"<p class=\"note\" id=\"rungs\">Each rung keeps all changes above it. Top-1 accuracy of a linear probe on {ladder.Data} in %, mean over draws of labels with its 95 % interval; gain: over the rung before, on the same draws.</p>\n");
        html.Add($"<div class=\"scroll\"><table aria-describedby=\"rungs\">\n<thead><tr><th scope=\"col\">rung</th><th scope=\"col\">what changes</th>");
        foreach (var labels in ladder.Amounts) html.Add($"<th scope=\"col\">{labels}</th><th scope=\"col\">gain</th>");
        html.Add($"<th scope=\"col\">images seen</th></tr></thead>\n<tbody>\n");
        foreach (var step in ladder.Steps)
        {
            html.Add($"<tr><th scope=\"row\">{step.Name}</th><td>{step.Change}</td>");
            foreach (var point in step.Points)
                html.Add($"<td>{point.Top1}</td><td>{(point.Gain is { } gain ? gain.Signed() : "")}</td>");
            html.Add($"<td>{step.Images:N0}</td></tr>\n");
        }
        html.Add($"</tbody>\n</table></div>\n</section>\n");
    }
}
