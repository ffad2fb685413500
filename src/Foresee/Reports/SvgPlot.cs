using System.Globalization;
using System.Net;
using System.Text;
using Foresee.Torch.Files;

namespace Foresee.Reports;

/// <summary>
/// The label-efficiency plot as a standalone SVG for a README: the charting library of the report draws only in a browser.
/// Method and rival with their 95 % bands, arrows where labels are saved; colours follow the reader's light or dark theme.
/// </summary>
public static class SvgPlot
{
    private const double Width = 720, Height = 420, Left = 52, Top = 66, Bottom = 52;

    private const string Style = """
        text { font: 13px system-ui, -apple-system, "Segoe UI", "Liberation Sans", sans-serif; fill: #4b535d; }
        .title { font-size: 16px; font-weight: 600; fill: #1d2126; } .grid { stroke: #dfddd6; } .value, .name { font-weight: 600; }
        .halo { stroke: #fff; stroke-width: 5px; stroke-linejoin: round; paint-order: stroke; }
        .c0 { --c: #0b5cad; } .c1 { --c: #c2410c; } .c2 { --c: #15803d; } .c3 { --c: #7e22ce; }
        .line { fill: none; stroke: var(--c); stroke-width: 2.5; stroke-linejoin: round; } .band { fill: var(--c); opacity: .14; }
        .dot, .value, .name { fill: var(--c); } .arrow { stroke: #1d2126; stroke-width: 1.3; fill: none; }
        .saved { fill: #1d2126; font-weight: 600; }
        @media (prefers-color-scheme: dark) {
          text { fill: #a2a9b3; } .title, .saved { fill: #e8e6e1; } .grid { stroke: #353b44; }
          .arrow { stroke: #e8e6e1; } .halo { stroke: #0d1117; }
          .c0 { --c: #6db1ff; } .c1 { --c: #ff9a5c; } .c2 { --c: #5fd08a; } .c3 { --c: #cb9bff; } }
        """;

    public static void Write(string path, LabelComparison comparison) => AtomicFile.Write(path, Render(comparison));

    public static string Render(LabelComparison comparison)
    {
        var chart = ReportCharts.LabelEfficiency(comparison);
        var scale = Scale.Of(chart);
        var svg = new StringBuilder();
        var title = $"Top-1 accuracy on {comparison.Data} with few labels, %";
        Add(svg, $"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {Width} {Height}\" width=\"{Width}\" height=\"{Height}\" role=\"img\" aria-labelledby=\"title description\">\n");
        Add(svg, $"<title id=\"title\">{title}</title>\n<desc id=\"description\">{string.Join(" ", Headline.Sentences(comparison))}</desc>\n");
        svg.Append("<style>\n").Append(Style).Append("\n</style>\n");
        Add(svg, $"<text class=\"title\" x=\"{Left - 34}\" y=\"22\">{title}</text>\n");
        var arrows = chart.Arrows is [] ? "" : "; arrows: times the labels for the same accuracy";
        Add(svg, $"<text x=\"{Left - 34}\" y=\"42\">Bands: 95 % intervals over draws of labels{arrows}</text>\n");
        Axes(svg, chart, scale);
        for (var i = 0; i < chart.Series.Count; i++) Band(svg, chart.Series[i], i, scale);
        foreach (var arrow in chart.Arrows ?? []) Arrow(svg, arrow, scale);
        for (var i = 0; i < chart.Series.Count; i++) Line(svg, chart.Series[i], i, scale);
        Names(svg, chart.Series, scale);
        return svg.Append("</svg>\n").ToString();
    }

    private static void Axes(StringBuilder svg, Chart chart, Scale scale)
    {
        for (var value = scale.Low; value <= scale.High; value += scale.Step)
        {
            Add(svg, $"<line class=\"grid\" x1=\"{Left}\" x2=\"{scale.Right + 12:0.#}\" y1=\"{scale.Y(value):0.#}\" y2=\"{scale.Y(value):0.#}\"/>\n");
            Add(svg, $"<text x=\"{Left - 10}\" y=\"{scale.Y(value) + 4.5:0.#}\" text-anchor=\"end\">{value:0.##}</text>\n");
        }
        foreach (var amount in chart.XTicks!)
            Add(svg, $"<text x=\"{scale.X(amount):0.#}\" y=\"{Height - Bottom + 20}\" text-anchor=\"middle\">{amount:0.##}</text>\n");
        Add(svg, $"<text x=\"{(Left + scale.Right) / 2:0.#}\" y=\"{Height - 10}\" text-anchor=\"middle\">{chart.X} (log scale)</text>\n");
    }

    private static void Band(StringBuilder svg, ChartSeries series, int index, Scale scale)
    {
        ChartPoint[] known = [.. series.Points.Where(p => p.Low is not null)];
        if (known.Length < 2) return;
        var outline = known.Select(p => Place(p.X, p.High!.Value, scale))
            .Concat(known.Reverse().Select(p => Place(p.X, p.Low!.Value, scale)));
        Add(svg, $"<path class=\"band c{index % 4}\" d=\"M{string.Join('L', outline)}Z\"/>\n");
    }

    private static void Line(StringBuilder svg, ChartSeries series, int index, Scale scale)
    {
        Add(svg, $"<g class=\"c{index % 4}\">\n<path class=\"line\" d=\"M{string.Join('L', series.Points.Select(p => Place(p.X, p.Y, scale)))}\"/>\n");
        foreach (var point in series.Points)
        {
            Add(svg, $"<circle class=\"dot\" cx=\"{scale.X(point.X):0.#}\" cy=\"{scale.Y(point.Y):0.#}\" r=\"4.5\"/>\n");
            if (point.Side is { } side)
                Add(svg, $"<text class=\"value halo\" x=\"{scale.X(point.X):0.#}\" y=\"{scale.Y(point.Y) + 4.5 - 16 * side:0.#}\" text-anchor=\"middle\">{point.Label}</text>\n");
        }
        svg.Append("</g>\n");
    }

    private static void Arrow(StringBuilder svg, ChartArrow arrow, Scale scale)
    {
        double from = scale.X(arrow.From) + 7, to = scale.X(arrow.To), y = scale.Y(arrow.Y);
        Add(svg, $"<path class=\"arrow\" d=\"M{from:0.#},{y:0.#}H{to:0.#}m-7,-4l7,4l-7,4\"/>\n");
        Add(svg, $"<text class=\"saved halo\" x=\"{from + 3:0.#}\" y=\"{y + 15:0.#}\">{arrow.Label}</text>\n");
    }

    /// <summary>At the end of each line, moved apart where the lines end close together.</summary>
    private static void Names(StringBuilder svg, IReadOnlyList<ChartSeries> series, Scale scale)
    {
        var lowest = double.NegativeInfinity;
        foreach (var (name, last, index) in series.Select((s, i) => (s.Name, Last: s.Points[^1], Index: i)).OrderBy(s => scale.Y(s.Last.Y)))
        {
            lowest = Math.Max(scale.Y(last.Y) + 4.5, lowest + 18);
            Add(svg, $"<text class=\"name c{index % 4}\" x=\"{scale.X(last.X) + 24:0.#}\" y=\"{lowest:0.#}\">{name}</text>\n");
        }
    }

    private static string Place(double x, double y, Scale scale) =>
        string.Create(CultureInfo.InvariantCulture, $"{scale.X(x):0.#},{scale.Y(y):0.#}");

    private static void Add(StringBuilder svg, FormattableString markup) => svg.AppendFormat(
        CultureInfo.InvariantCulture, markup.Format, [.. markup.GetArguments().Select(a => a is string s ? WebUtility.HtmlEncode(s) : a)]);

    /// <summary>Pixels for values; x logarithmic, y from <paramref name="Low"/> to <paramref name="High"/> in round steps.</summary>
    private sealed record Scale(double First, double Last, double Low, double High, double Step, double Right)
    {
        public double X(double amount) => First == Last
            ? (Left + Right) / 2
            : Left + 24 + Math.Log(amount / First) / Math.Log(Last / First) * (Right - Left - 36);

        public double Y(double value) => Height - Bottom - (value - Low) / (High - Low) * (Height - Top - Bottom);

        public static Scale Of(Chart chart)
        {
            double[] values = [.. chart.Series.SelectMany(s => s.Points).SelectMany(p => new[] { p.Y, p.Low ?? p.Y, p.High ?? p.Y })];
            var step = new[] { 0.5, 1, 2, 5, 10, 20 }.FirstOrDefault(s => (values.Max() - values.Min()) / s <= 10, 25);
            // Half a step of air for the labels of the outermost points.
            double low = Math.Floor(values.Min() / step - 0.3) * step, high = Math.Ceiling(values.Max() / step + 0.3) * step;
            var names = Math.Clamp(40 + 7.6 * chart.Series.Max(s => s.Name.Length), 120, 300); // 7.6: width of a bold letter
            return new(chart.XTicks![0], chart.XTicks[^1], low, high, step, Width - names);
        }
    }
}
