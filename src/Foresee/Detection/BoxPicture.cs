using System.Globalization;
using System.Net;
using System.Text;
using Foresee.Images;
using Foresee.Torch.Files;

namespace Foresee.Detection;

/// <summary>
/// An image with what was found in it, as a standalone SVG: boxes with class and score, those of its annotations dashed. A class keeps its
/// colour over all pictures.
/// </summary>
public static class BoxPicture
{
    private const int Quality = 85;
    private static readonly string[] Colours = ["#0b5cad", "#c2410c", "#15803d", "#7e22ce", "#b91c6b", "#0f766e", "#a16207", "#475569"];

    /// <param name="found">With a score of <paramref name="least"/> or more they are drawn.</param>
    public static void Write(string path, AnnotatedImage image, IReadOnlyList<DetectedObject> found, IReadOnlyList<string> classes,
        double least) => AtomicFile.Write(path, Render(image, found, classes, least));

    public static string Render(AnnotatedImage image, IReadOnlyList<DetectedObject> found, IReadOnlyList<string> classes, double least)
    {
        var pixels = ImageFile.Read(image.File, new(image.Height, image.Width, 3) { Small = SmallImages.Enlarge });
        var drawn = found.Where(o => o.Score >= least).ToList();
        var line = Math.Max(1.5, Math.Min(image.Width, image.Height) / 240.0);
        var (svg, text) = (new StringBuilder(), 6 * line);
        Add(svg, $"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {image.Width} {image.Height}\" width=\"{image.Width}\" height=\"{image.Height}\" role=\"img\" aria-labelledby=\"title\">\n");
        Add(svg, $"<title id=\"title\">{Title(image, drawn, classes)}</title>\n");
        Add(svg, $"<style>rect {{ fill: none; stroke-width: {line:0.##}; }} .true {{ stroke-dasharray: {4 * line:0.##} {3 * line:0.##}; }} text {{ font: 600 {text:0.#}px system-ui, \"Liberation Sans\", sans-serif; paint-order: stroke; stroke: #fff; stroke-width: {1.6 * line:0.##}; }}</style>\n");
        Add(svg, $"<image width=\"{image.Width}\" height=\"{image.Height}\" href=\"data:image/jpeg;base64,{Convert.ToBase64String(ImageFile.EncodeJpeg(pixels, Quality))}\"/>\n");
        foreach (var known in image.Objects)
            Rectangle(svg, known.Box, Colour(classes.Index().FirstOrDefault(c => c.Item == known.Class).Index), "class=\"true\" ");
        foreach (var o in drawn)
        {
            Rectangle(svg, o.Box, Colour(o.Class), "");
            Add(svg, $"<text x=\"{o.Box.Left + line:0.#}\" y=\"{Math.Max(o.Box.Top + text, text):0.#}\" fill=\"{Colour(o.Class)}\">{classes[o.Class]} {o.Score:0.00}</text>\n");
        }
        return svg.Append("</svg>\n").ToString();
    }

    private static string Title(AnnotatedImage image, List<DetectedObject> drawn, IReadOnlyList<string> classes) => drawn.Count == 0
        ? $"{image.Name}: nothing found"
        : $"{image.Name}: {string.Join(", ", drawn.GroupBy(o => o.Class).OrderBy(c => c.Key).Select(c => $"{c.Count()} {classes[c.Key]}"))}";

    private static string Colour(int number) => Colours[number % Colours.Length];

    private static void Rectangle(StringBuilder svg, Box box, string colour, string style) =>
        svg.Append("<rect ").Append(style).AppendFormat(CultureInfo.InvariantCulture,
            "x=\"{0:0.#}\" y=\"{1:0.#}\" width=\"{2:0.#}\" height=\"{3:0.#}\" stroke=\"{4}\"/>\n", box.Left, box.Top, box.Width, box.Height, colour);

    private static void Add(StringBuilder svg, FormattableString markup) => svg.AppendFormat(
        CultureInfo.InvariantCulture, markup.Format, [.. markup.GetArguments().Select(a => a is string s ? WebUtility.HtmlEncode(s) : a)]);
}
