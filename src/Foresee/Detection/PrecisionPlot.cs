using System.Globalization;
using System.Net;
using System.Text;
using Foresee.Torch.Files;

namespace Foresee.Detection;

/// <summary>Precision over recall of each class at an overlap of 0.5, as a standalone SVG.</summary>
public static class PrecisionPlot
{
    public const string FileName = "precision-recall.svg";
    private const double Width = 720, Height = 440, Left = 52, Right = 190, Top = 62, Bottom = 48;

    private const string Style = """
        text { font: 13px system-ui, -apple-system, "Segoe UI", "Liberation Sans", sans-serif; fill: #4b535d; }
        .title { font-size: 16px; font-weight: 600; fill: #1d2126; } .grid { stroke: #dfddd6; }
        .c0 { --c: #0b5cad; } .c1 { --c: #c2410c; } .c2 { --c: #15803d; } .c3 { --c: #7e22ce; }
        .line { fill: none; stroke: var(--c); stroke-width: 2.2; stroke-linejoin: round; } .name { fill: var(--c); font-weight: 600; }
        @media (prefers-color-scheme: dark) {
          text { fill: #a2a9b3; } .title { fill: #e8e6e1; } .grid { stroke: #353b44; }
          .c0 { --c: #6db1ff; } .c1 { --c: #ff9a5c; } .c2 { --c: #5fd08a; } .c3 { --c: #cb9bff; } }
        """;

    /// <param name="data">What was measured on.</param>
    public static void Write(string path, DetectionScore score, string data) => AtomicFile.Write(path, Render(score, data));

    public static string Render(DetectionScore score, string data)
    {
        static double X(double recall) => Left + recall * (Width - Left - Right);
        static double Y(double precision) => Height - Bottom - precision * (Height - Top - Bottom);
        var (svg, title) = (new StringBuilder(), $"Precision over recall on {data}");
        var known = score.Classes.Where(c => c.Curve is not null).ToList();
        var words = string.Join(", ", known.Select(c => string.Create(CultureInfo.InvariantCulture, $"{c.Class} {100 * c.Area:0.0} %")));
        Add(svg, $"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {Width} {Height}\" width=\"{Width}\" height=\"{Height}\" role=\"img\" aria-labelledby=\"title description\">\n");
        Add(svg, $"<title id=\"title\">{title}</title>\n<desc id=\"description\">Average precision (area): {words}</desc>\n<style>\n{Style}\n</style>\n");
        Add(svg, $"<text class=\"title\" x=\"18\" y=\"22\">{title}</text>\n<text x=\"18\" y=\"42\">At an overlap of 0.5 by VOC's rules; beside the names the area below the curve's envelope</text>\n");
        for (var tenth = 0; tenth <= 10; tenth += 2)
        {
            Add(svg, $"<line class=\"grid\" x1=\"{Left}\" x2=\"{X(1):0.#}\" y1=\"{Y(tenth / 10.0):0.#}\" y2=\"{Y(tenth / 10.0):0.#}\"/>\n<text x=\"{Left - 8}\" y=\"{Y(tenth / 10.0) + 4.5:0.#}\" text-anchor=\"end\">{tenth / 10.0:0.0}</text>\n");
            Add(svg, $"<text x=\"{X(tenth / 10.0):0.#}\" y=\"{Height - Bottom + 18:0.#}\" text-anchor=\"middle\">{tenth / 10.0:0.0}</text>\n");
        }
        Add(svg, $"<text x=\"{X(0.5):0.#}\" y=\"{Height - 10}\" text-anchor=\"middle\">recall</text>\n");
        foreach (var (i, one) in known.Index())
        {
            var points = one.Curve!.Recall.Zip(one.Curve.Precision, (recall, precision) =>
                string.Create(CultureInfo.InvariantCulture, $"{X(recall):0.#},{Y(precision):0.#}")).ToList();
            if (points.Count > 0) Add(svg, $"<path class=\"line c{i % 4}\" d=\"M{string.Join('L', points)}\"/>\n");
            Add(svg, $"<text class=\"name c{i % 4}\" x=\"{X(1) + 12:0.#}\" y=\"{Top + 14 + 18 * i}\">{one.Class} {100 * one.Area:0.0} %</text>\n");
        }
        return svg.Append("</svg>\n").ToString();
    }

    private static void Add(StringBuilder svg, FormattableString markup) => svg.AppendFormat(
        CultureInfo.InvariantCulture, markup.Format,
        [.. markup.GetArguments().Select(a => a is string s && s != Style ? WebUtility.HtmlEncode(s) : a)]);
}
