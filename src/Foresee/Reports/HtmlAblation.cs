using System.Text;

namespace Foresee.Reports;

/// <summary>The part of the report that answers: what is each step from CPC v1 to v2 worth?</summary>
internal static class HtmlAblation
{
    public static void Section(HtmlText html, AblationComparison ablation)
    {
        html.Add($"<section aria-labelledby=\"ablation\">\n<h2 id=\"ablation\">From CPC v1 to v2, step by step</h2>\n<figure>\n<img alt=\"{AblationPlot.Description(ablation)}\" src=\"data:image/svg+xml;base64,")
            .AddTrusted(Convert.ToBase64String(Encoding.UTF8.GetBytes(AblationPlot.Render(ablation)))).Add($"\">\n</figure>\n");
        html.Add($"<p class=\"note\" id=\"steps\">Each step keeps all changes above it. Top-1 accuracy of a linear probe on {ablation.Data} in %, mean over draws of labels with its 95 % interval; gain: over the step before, on the same draws.</p>\n");
        html.Scroll("Steps").Add($"<table aria-describedby=\"steps\">\n<thead><tr><th scope=\"col\">step</th><th scope=\"col\">what changes</th>");
        foreach (var labels in ablation.Amounts) html.Add($"<th scope=\"col\">{labels}</th><th scope=\"col\">gain</th>");
        html.Add($"<th scope=\"col\">images seen</th></tr></thead>\n<tbody>\n");
        foreach (var step in ablation.Steps)
        {
            html.Add($"<tr><th scope=\"row\">{step.Name}</th><td>{step.Change}</td>");
            foreach (var point in step.Points)
                html.Add($"<td>{point.Top1}</td><td>{(point.Gain is { } gain ? gain.Signed() : "")}</td>");
            html.Add($"<td>{step.Images:N0}</td></tr>\n");
        }
        html.Add($"</tbody>\n</table></div>\n</section>\n");
    }
}
