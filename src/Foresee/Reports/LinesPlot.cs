using System.Globalization;
using System.Net;
using System.Text;
using Foresee.Torch.Files;

namespace Foresee.Reports;

/// <summary>A small line plot as a standalone SVG: the marks of x one beside the other, whiskers where an interval is known.</summary>
public static class LinesPlot
{
    private const double Width = 720, Left = 52, Right = 150, Top = 62, Plot = 300, Bottom = 56, Row = 17;
    private const int Colours = 6;

    private const string Style = """
        text { font: 13px system-ui, -apple-system, "Segoe UI", "Liberation Sans", sans-serif; fill: #4b535d; }
        .title { font-size: 16px; font-weight: 600; fill: #1d2126; } .grid { stroke: #dfddd6; }
        .level { stroke: #4b535d; stroke-dasharray: 5 4; }
        .c0 { --c: #0b5cad; } .c1 { --c: #c2410c; } .c2 { --c: #15803d; } .c3 { --c: #7e22ce; } .c4 { --c: #a16207; } .c5 { --c: #be185d; }
        .line { fill: none; stroke: var(--c); stroke-width: 2.5; stroke-linejoin: round; } .whisker { stroke: var(--c); stroke-width: 1.6; }
        .dot { fill: var(--c); } .name { fill: var(--c); font-weight: 600; }
        @media (prefers-color-scheme: dark) {
          text { fill: #a2a9b3; } .title { fill: #e8e6e1; } .grid { stroke: #353b44; } .level { stroke: #a2a9b3; }
          .c0 { --c: #6db1ff; } .c1 { --c: #ff9a5c; } .c2 { --c: #5fd08a; } .c3 { --c: #cb9bff; }
          .c4 { --c: #e3b341; } .c5 { --c: #f688bb; } }
        """;

    public static void Write(string path, string title, string remark, Chart chart) => AtomicFile.Write(path, Render(title, remark, chart));

    /// <param name="remark">Below the title.</param>
    /// <param name="chart">Its X names the axis; its level is drawn across.</param>
    public static string Render(string title, string remark, Chart chart)
    {
        ChartPoint[] points = [.. chart.Series.SelectMany(series => series.Points)];
        double[] values = [.. points.SelectMany(p => new[] { p.Y, p.Low ?? p.Y, p.High ?? p.Y }),
            .. chart.Level is { } own ? [own] : Array.Empty<double>()];
        double[] marks = [.. points.Select(p => p.X).Distinct().Order()];
        var tick = new[] { 0.5, 1, 2, 5, 10, 20 }.FirstOrDefault(t => (values.Max() - values.Min()) / t <= 10, 25);
        double low = Math.Floor(values.Min() / tick - 0.3) * tick, high = Math.Ceiling(values.Max() / tick + 0.3) * tick;
        double X(double mark) => Left + (Array.IndexOf(marks, mark) + 0.5) * (Width - Left - Right) / marks.Length;
        double Y(double value) => Top + Plot - (value - low) / (high - low) * Plot;

        var (svg, height) = (new StringBuilder(), Top + Plot + Bottom);
        var told = string.Join(" ", chart.Series.Select(series =>
            $"{series.Name}: {string.Join(", ", series.Points.Select(p => FormattableString.Invariant($"{p.Y:0.0}")))}."));
        Add(svg, $"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {Width} {height:0.#}\" width=\"{Width}\" height=\"{height:0.#}\" role=\"img\" aria-labelledby=\"title description\">\n");
        Add(svg, $"<title id=\"title\">{title}</title>\n<desc id=\"description\">{told}</desc>\n");
        svg.Append("<style>\n").Append(Style).Append("\n</style>\n");
        Add(svg, $"<text class=\"title\" x=\"18\" y=\"22\">{title}</text>\n<text x=\"18\" y=\"42\">{remark}</text>\n");
        for (var value = low; value <= high + tick / 2; value += tick)
            Add(svg, $"<line class=\"grid\" x1=\"{Left}\" x2=\"{Width - Right}\" y1=\"{Y(value):0.#}\" y2=\"{Y(value):0.#}\"/>\n<text x=\"{Left - 8}\" y=\"{Y(value) + 4.5:0.#}\" text-anchor=\"end\">{value:0.##}</text>\n");
        foreach (var mark in marks)
            Add(svg, $"<text x=\"{X(mark):0.#}\" y=\"{Top + Plot + 20}\" text-anchor=\"middle\">{mark:0.##}</text>\n");
        Add(svg, $"<text x=\"{(Left + Width - Right) / 2:0.#}\" y=\"{Top + Plot + 44}\" text-anchor=\"middle\">{chart.X}</text>\n");
        if (chart.Level is { } level)
            Add(svg, $"<line class=\"level\" x1=\"{Left}\" x2=\"{Width - Right}\" y1=\"{Y(level):0.#}\" y2=\"{Y(level):0.#}\"/>\n<text x=\"{Left + 4}\" y=\"{Y(level) - 5:0.#}\">{chart.LevelName ?? ""}</text>\n");
        foreach (var (index, series) in chart.Series.Index())
        {
            Add(svg, $"<g class=\"c{index % Colours}\">\n<path class=\"line\" d=\"M{string.Join('L', series.Points.Select(p => string.Create(CultureInfo.InvariantCulture, $"{X(p.X):0.#},{Y(p.Y):0.#}")))}\"/>\n");
            foreach (var point in series.Points)
            {
                if (point is { Low: { } from, High: { } to })
                    Add(svg, $"<line class=\"whisker\" x1=\"{X(point.X):0.#}\" x2=\"{X(point.X):0.#}\" y1=\"{Y(from):0.#}\" y2=\"{Y(to):0.#}\"/>\n");
                Add(svg, $"<circle class=\"dot\" cx=\"{X(point.X):0.#}\" cy=\"{Y(point.Y):0.#}\" r=\"4\"/>\n");
            }
            svg.Append("</g>\n");
        }
        var lowest = double.NegativeInfinity;
        foreach (var (series, index) in chart.Series.Select((series, i) => (series, i)).OrderBy(one => Y(one.series.Points[^1].Y)))
        {
            lowest = Math.Max(Y(series.Points[^1].Y) + 4.5, lowest + Row);
            Add(svg, $"<text class=\"name c{index % Colours}\" x=\"{Width - Right + 4}\" y=\"{lowest:0.#}\">{series.Name}</text>\n");
        }
        return svg.Append("</svg>\n").ToString();
    }

    private static void Add(StringBuilder svg, FormattableString markup) => svg.AppendFormat(
        CultureInfo.InvariantCulture, markup.Format, [.. markup.GetArguments().Select(a => a is string s ? WebUtility.HtmlEncode(s) : a)]);
}
