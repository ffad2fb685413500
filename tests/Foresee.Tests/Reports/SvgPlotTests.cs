using System.Globalization;
using System.Xml.Linq;
using Foresee.Evaluation;
using Foresee.Reports;

namespace Foresee.Tests.Reports;

public sealed class SvgPlotTests
{
    private static readonly XNamespace svg = "http://www.w3.org/2000/svg";

    [Fact]
    public void The_plot_looks_as_approved() => Approved.Check("label-efficiency.svg", SvgPlot.Render(Samples.Comparison()));

    [Fact]
    public void Equal_ratios_of_labels_are_equal_distances()
    {
        double[] x = [.. Dots(SvgPlot.Render(Samples.Comparison())).Take(4).Select(d => d.X)];
        Assert.Equal(Math.Log(25 / 10.0) / Math.Log(200 / 25.0), (x[1] - x[0]) / (x[3] - x[1]), 0.01);
    }

    [Fact]
    public void More_accurate_is_higher_and_all_stays_inside()
    {
        var dots = Dots(SvgPlot.Render(Samples.Comparison())).ToArray();
        Assert.Equal(8, dots.Length);
        Assert.All(dots, d => Assert.True(d.X is > 0 and < 720 && d.Y is > 0 and < 420));
        for (var i = 0; i < 4; i++) Assert.True(dots[i].Y < dots[i + 4].Y); // CPC over the network from pixels
    }

    [Fact]
    public void One_draw_one_amount_and_no_rival_are_drawn_too()
    {
        var rows = new[] { new EvaluationResult("a", "r", "linear", "10/class", 0, 50, 1) };
        var only = XDocument.Parse(SvgPlot.Render(LabelComparison.From(rows, "linear", "pixels")));
        Assert.Single(only.Descendants(svg + "circle"));
        Assert.DoesNotContain("NaN", only.ToString(), StringComparison.Ordinal);

        var single = XDocument.Parse(SvgPlot.Render(LabelComparison.From(Samples.Results(draws: 1), "linear", "pixels")));
        Assert.DoesNotContain(single.Descendants(), e => (string?)e.Attribute("class") == "band c0");
    }

    [Fact]
    public void Hostile_names_stay_text()
    {
        const string hostile = "<script>&\"'</svg>{0}";
        var plot = XDocument.Parse(SvgPlot.Render(LabelComparison.From(Samples.Results(hostile), "linear", "pixels", new Dictionary<string,
            string>
        { ["linear"] = hostile })));
        Assert.Empty(plot.Descendants(svg + "script"));
        Assert.Contains(hostile, plot.Descendants(svg + "text").Select(t => t.Value));
    }

    private static IEnumerable<(double X, double Y)> Dots(string plot) =>
        XDocument.Parse(plot).Descendants(svg + "circle").Select(c => (Number(c, "cx"), Number(c, "cy")));

    private static double Number(XElement element, string name) =>
        double.Parse(element.Attribute(name)!.Value, CultureInfo.InvariantCulture);
}
