using System.Globalization;
using System.Net;
using System.Text;
using Foresee.Torch.Files;

namespace Foresee.Reports;

/// <summary>A matrix of numbers from 0 on as a standalone SVG, the darker the larger; each cell also says its number.</summary>
public static class MatrixPlot
{
    private const double Cell = 84, Row = 40, Left = 190, Top = 84, Slant = 18;

    private const string Style = """
        text { font: 13px system-ui, -apple-system, "Segoe UI", "Liberation Sans", sans-serif; fill: #4b535d; }
        .title { font-size: 16px; font-weight: 600; fill: #1d2126; } .cell { fill: #0b5cad; } .dark { fill: #fff; }
        @media (prefers-color-scheme: dark) { text { fill: #a2a9b3; } .title { fill: #e8e6e1; } .dark { fill: #fff; } }
        """;

    /// <param name="values">[row][column]</param>
    public static void Write(string path, string title, IReadOnlyList<string> rows, IReadOnlyList<string> columns,
        IReadOnlyList<double[]> values) => AtomicFile.Write(path, Render(title, rows, columns, values));

    /// <inheritdoc cref="Write"/>
    public static string Render(string title, IReadOnlyList<string> rows, IReadOnlyList<string> columns, IReadOnlyList<double[]> values)
    {
        var largest = Math.Max(1e-12, values.Max(row => row.Max()));
        var (svg, width, height) = (new StringBuilder(), Math.Max(620, Left + Cell * columns.Count + 20), Top + Row * rows.Count + 16);
        var told = string.Join(" ", rows.Select((name, i) => $"{name}: {string.Join(", ", columns.Select((column, j) => FormattableString.Invariant($"{column} {values[i][j]:0.00}")))}."));
        Add(svg, $"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width:0.#} {height:0.#}\" width=\"{width:0.#}\" height=\"{height:0.#}\" role=\"img\" aria-labelledby=\"title description\">\n");
        Add(svg, $"<title id=\"title\">{title}</title>\n<desc id=\"description\">{told}</desc>\n");
        svg.Append("<style>\n").Append(Style).Append("\n</style>\n");
        Add(svg, $"<text class=\"title\" x=\"18\" y=\"24\">{title}</text>\n");
        foreach (var (j, column) in columns.Index()) // in two heights, so that long names don't meet
            Add(svg, $"<text x=\"{Left + Cell * (j + 0.5):0.#}\" y=\"{Top - 12 - Slant * (j % 2):0.#}\" text-anchor=\"middle\">{column}</text>\n");
        foreach (var (i, row) in rows.Index())
        {
            Add(svg, $"<text x=\"{Left - 10}\" y=\"{Top + Row * (i + 0.5) + 4.5:0.#}\" text-anchor=\"end\">{row}</text>\n");
            for (var j = 0; j < columns.Count; j++)
            {
                var share = values[i][j] / largest;
                Add(svg, $"<rect class=\"cell\" x=\"{Left + Cell * j:0.#}\" y=\"{Top + Row * i:0.#}\" width=\"{Cell - 2:0.#}\" height=\"{Row - 2:0.#}\" opacity=\"{0.06 + 0.94 * share:0.###}\"/>\n");
                Add(svg, $"<text class=\"{(share > 0.5 ? "dark" : "light")}\" x=\"{Left + Cell * (j + 0.5) - 1:0.#}\" y=\"{Top + Row * (i + 0.5) + 3.5:0.#}\" text-anchor=\"middle\">{values[i][j]:0.00}</text>\n");
            }
        }
        return svg.Append("</svg>\n").ToString();
    }

    private static void Add(StringBuilder svg, FormattableString markup) => svg.AppendFormat(
        CultureInfo.InvariantCulture, markup.Format, [.. markup.GetArguments().Select(a => a is string s ? WebUtility.HtmlEncode(s) : a)]);
}
