using System.Globalization;
using System.Net;
using System.Text;
using Foresee.Torch.Files;

namespace Foresee.Reports;

/// <summary>
/// The ablation as a standalone SVG: a point with its 95 % interval per step, a line per amount of labels, each step's gain below.
/// </summary>
public static class AblationPlot
{
    public const string FileName = "ablation.svg";
    private const double Width = 760, Left = 52, Right = 96, Top = 62, Plot = 300, Row = 17;

    private const string Style = """
        text { font: 13px system-ui, -apple-system, "Segoe UI", "Liberation Sans", sans-serif; fill: #4b535d; }
        .title { font-size: 16px; font-weight: 600; fill: #1d2126; } .grid { stroke: #dfddd6; }
        .step { font-weight: 600; fill: #1d2126; } .gain { font-size: 12px; fill: var(--c); }
        .c0 { --c: #0b5cad; } .c1 { --c: #c2410c; } .c2 { --c: #15803d; } .c3 { --c: #7e22ce; }
        .line { fill: none; stroke: var(--c); stroke-width: 2.5; stroke-linejoin: round; }
        .whisker { stroke: var(--c); stroke-width: 1.6; }
        .dot { fill: var(--c); } .name { fill: var(--c); font-weight: 600; }
        @media (prefers-color-scheme: dark) {
          text { fill: #a2a9b3; } .title, .step { fill: #e8e6e1; } .grid { stroke: #353b44; }
          .c0 { --c: #6db1ff; } .c1 { --c: #ff9a5c; } .c2 { --c: #5fd08a; } .c3 { --c: #cb9bff; } }
        """;

    public static void Write(string path, AblationComparison ablation) => AtomicFile.Write(path, Render(ablation));

    public static string Render(AblationComparison ablation)
    {
        double[] values = [.. ablation.Steps.SelectMany(s => s.Points)
            .SelectMany(p => new[] { p.Top1.Mean, p.Top1.Low ?? p.Top1.Mean, p.Top1.High ?? p.Top1.Mean })];
        var tick = new[] { 0.5, 1, 2, 5, 10, 20 }.FirstOrDefault(t => (values.Max() - values.Min()) / t <= 10, 25);
        double low = Math.Floor(values.Min() / tick - 0.3) * tick, high = Math.Ceiling(values.Max() / tick + 0.3) * tick;
        double X(int step) => Left + (step + 0.5) * (Width - Left - Right) / ablation.Steps.Count;
        double Y(double value) => Top + Plot - (value - low) / (high - low) * Plot;

        var (svg, height) = (new StringBuilder(), Top + Plot + 34 + Row * ablation.Amounts.Count + 8);
        var title = $"From CPC v1 to v2 on {ablation.Data}: top-1 accuracy of a linear probe, %";
        Add(svg, $"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {Width} {height:0.#}\" width=\"{Width}\" height=\"{height:0.#}\" role=\"img\" aria-labelledby=\"title description\">\n");
        Add(svg, $"<title id=\"title\">{title}</title>\n<desc id=\"description\">{Description(ablation)}</desc>\n");
        svg.Append("<style>\n").Append(Style).Append("\n</style>\n");
        Add(svg, $"<text class=\"title\" x=\"18\" y=\"22\">{title}</text>\n<text x=\"18\" y=\"42\">Whiskers: 95 % intervals over draws of labels; below: gain over the step before, paired over the draws</text>\n");
        for (var value = low; value <= high + tick / 2; value += tick)
            Add(svg, $"<line class=\"grid\" x1=\"{Left}\" x2=\"{Width - Right}\" y1=\"{Y(value):0.#}\" y2=\"{Y(value):0.#}\"/>\n<text x=\"{Left - 8}\" y=\"{Y(value) + 4.5:0.#}\" text-anchor=\"end\">{value:0.##}</text>\n");
        for (var step = 0; step < ablation.Steps.Count; step++)
            Add(svg, $"<text class=\"step\" x=\"{X(step):0.#}\" y=\"{Top + Plot + 22}\" text-anchor=\"middle\">{Short(ablation.Steps[step].Name)}</text>\n");
        var lowest = double.NegativeInfinity;
        foreach (var (index, labels) in ablation.Amounts.Index().Reverse()) // more labels lie higher
        {
            AblationPoint?[] points = [.. ablation.Steps.Select(step => step.Points.FirstOrDefault(point => point.Labels == labels))];
            var known = points.Index().Where(p => p.Item is not null).ToList();
            Add(svg, $"<g class=\"c{index % 4}\">\n<path class=\"line\" d=\"M{string.Join('L', known.Select(p => string.Create(CultureInfo.InvariantCulture, $"{X(p.Index):0.#},{Y(p.Item!.Top1.Mean):0.#}")))}\"/>\n");
            foreach (var (step, point) in known)
            {
                if (point!.Top1 is { Low: { } from, High: { } to })
                    Add(svg, $"<line class=\"whisker\" x1=\"{X(step):0.#}\" x2=\"{X(step):0.#}\" y1=\"{Y(from):0.#}\" y2=\"{Y(to):0.#}\"/>\n");
                Add(svg, $"<circle class=\"dot\" cx=\"{X(step):0.#}\" cy=\"{Y(point.Top1.Mean):0.#}\" r=\"4.5\"/>\n");
                if (point.Gain is { } gain)
                    Add(svg, $"<text class=\"gain\" x=\"{X(step):0.#}\" y=\"{Top + Plot + 22 + Row * (index + 1)}\" text-anchor=\"middle\">{gain.Signed()}</text>\n");
            }
            lowest = Math.Max(Y(known[^1].Item!.Top1.Mean) + 4.5, lowest + Row);
            Add(svg, $"<text class=\"name\" x=\"{Width - Right + 6}\" y=\"{lowest:0.#}\">{labels}</text>\n</g>\n");
        }
        return svg.Append("</svg>\n").ToString();
    }

    internal static string Description(AblationComparison ablation) => string.Join(" ", ablation.Steps.Select(step =>
        $"{step.Name}: {string.Join(", ", step.Points.Select(point => FormattableString.Invariant($"{point.Top1.Mean:0.0} % with {point.Labels}")))}."));

    private static string Short(string name) => name.Length <= 5 ? name : $"{name[..4]}.";

    private static void Add(StringBuilder svg, FormattableString markup) => svg.AppendFormat(
        CultureInfo.InvariantCulture, markup.Format, [.. markup.GetArguments().Select(a => a is string s ? WebUtility.HtmlEncode(s) : a)]);
}
