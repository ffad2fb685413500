using System.Xml.Linq;
using Foresee.Evaluation;
using Foresee.Reports;

namespace Foresee.Tests.Reports;

public sealed class AblationReportTests
{
    private static AblationMeasurement AblationStep(string name, string labels, params double[] top1) =>
        new(name, $"what {name} does, <and> why", 640, 12.34,
            [.. top1.Select((value, draw) => new EvaluationResult("photographs", name, "linear", labels, draw, value, 1))]);

    private static AblationComparison Three => AblationComparison.From([
        AblationStep("v1", "10/class", 50, 54, 52), AblationStep("MC", "10/class", 53, 57, 55),
            AblationStep("BU", "10/class", 52, 57, 55)]);

    [Fact]
    public void A_gain_is_paired_over_the_draws_and_may_be_negative()
    {
        var points = Three.Steps.Select(step => step.Points.Single()).ToArray();
        Assert.Null(points[0].Gain);
        // each draw gains 3, however far the draws lie apart
        Assert.Equal((3, 0), (points[1].Gain!.Value.Mean, points[1].Gain!.Value.HalfWidth));
        Assert.Equal(-1.0 / 3, points[2].Gain!.Value.Mean, 1e-12);
        // Student's t of 2 degrees; deviation of -1, 0, 0
        Assert.Equal(4.30265 * Math.Sqrt(1.0 / 3) / Math.Sqrt(3), points[2].Gain!.Value.HalfWidth!.Value, 1e-4);
    }

    [Fact]
    public void Steps_without_a_common_draw_are_refused()
    {
        var other = new AblationMeasurement("MC", "", 1, 1, [new("photographs", "MC", "linear", "10/class", 7, 50, 1)]);
        Assert.Contains("same draws", Assert.Throws<ArgumentException>(() =>
            AblationComparison.From([AblationStep("v1", "10/class", 50, 54), other])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_file_has_a_row_per_step_and_leaves_empty_what_is_not_known()
    {
        var lines = AblationFile.Render(Three).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(AblationFile.Header, lines[0]);
        Assert.Equal("photographs,v1,\"what v1 does, <and> why\",10/class,3,52.00,47.03,56.97,,,,640,12.3", lines[1]);
        Assert.Equal("photographs,MC,\"what MC does, <and> why\",10/class,3,55.00,50.03,59.97,3.00,3.00,3.00,640,12.3", lines[2]);
        Assert.Equal(4, lines.Length);
        var single = AblationFile.Render(AblationComparison.From([AblationStep("v1", "all", 50)])).Split('\n')[1];
        Assert.Contains(",1,50.00,,,,,,640", single, StringComparison.Ordinal);
    }

    [Fact]
    public void The_plot_shows_every_step_its_interval_and_its_gain()
    {
        var svg = XDocument.Parse(AblationPlot.Render(Three));
        string[] texts = [.. svg.Descendants().Where(e => e.Name.LocalName == "text").Select(e => e.Value)];
        foreach (var expected in new[] { "v1", "MC", "BU", "+3.0 ± 0.0", "-0.3 ± 1.4", "10/class" }) Assert.Contains(expected, texts);
        Assert.Equal(3, svg.Descendants().Count(e => e.Name.LocalName == "circle"));
        var heights = svg.Descendants().Where(e => e.Name.LocalName == "circle")
            .Select(e => double.Parse(e.Attribute("cy")!.Value, System.Globalization.CultureInfo.InvariantCulture)).ToArray();
        Assert.True(heights[1] < heights[2] && heights[2] < heights[0],
            $"55 lies highest, then 54.7, then 52; got {string.Join(", ", heights)}");
        Assert.Equal(3, svg.Descendants().Count(e => e.Attribute("class")?.Value == "whisker"));
    }

    [Fact]
    public void The_report_holds_the_plot_and_the_numbers_and_needs_nothing_else()
    {
        var html = HtmlReport.Render(new() { Title = "Ablation", Ablation = Three });
        Assert.Contains("data:image/svg+xml;base64,", html, StringComparison.Ordinal);
        Assert.Contains("what MC does, &lt;and&gt; why", html, StringComparison.Ordinal);
        Assert.Contains("<td>55.0 &#177; 5.0</td><td>+3.0 &#177; 0.0</td>", html, StringComparison.Ordinal);
        Assert.DoesNotContain("https://", html.Replace("http://www.w3.org", "", StringComparison.Ordinal), StringComparison.Ordinal);
    }
}
