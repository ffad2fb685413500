using System.Globalization;

namespace Foresee.Reports;

/// <summary>The images as points in the plane: two drawings that need no script.</summary>
internal static class HtmlFeatureMap
{
    private const double Width = 460, Height = 400, Edge = 16;
    private const int MostNames = 30, Symbols = 6;

    public static void Section(HtmlText html, FeatureMap map, IReadOnlyList<string> classes)
    {
        html.Add($"<section aria-labelledby=\"map\">\n<h2 id=\"map\">A map of the features</h2>\n");
        html.Add($"<p>Each point is one of {map.Images:N0} images; like images lie near each other. Of the {Evaluation.Scores.LabelSuspect.Neighbours} nearest neighbours of an image, {HtmlModel.Percent(map.Agreement)} have its class (among all features, not on the map). Hollow points: the model names another class.</p>\n<div class=\"grid\">\n");
        Drawing(html, map.Embedding, classes, "Neighbourhoods (t-SNE)", "near points are like images; sizes and distances of groups mean little");
        Drawing(html, map.Components, classes, "Two principal components", $"they tell {HtmlModel.Percent(map.Explained)} of the variance; distances mean what they seem");
        html.Add($"</div>\n");
        Legend(html, map, classes);
        html.Add($"</section>\n");
    }

    private static void Drawing(HtmlText html, IReadOnlyList<MapPoint> points, IReadOnlyList<string> classes, string title, string note)
    {
        var place = Fit(points);
        html.Add($"<figure>\n<figcaption>{title} <small>{note}</small></figcaption>\n<svg class=\"drawing map\" viewBox=\"0 0 {Width} {Height}\" role=\"img\" aria-label=\"Map of {points.Count} images: {title}. {note}.\">\n<g aria-hidden=\"true\">\n");
        foreach (var group in points.GroupBy(point => point.Label).OrderBy(group => group.Key))
        {
            html.Add($"<g style=\"--hue: {Hue(group.Key)}\"><path class=\"right\" d=\"")
                .AddTrusted(Path(group.Where(point => point.Right), place)).Add($"\"/><path class=\"wrong\" d=\"")
                .AddTrusted(Path(group.Where(point => !point.Right), place)).Add($"\"/></g>\n");
        }
        if (points.Select(point => point.Label).Distinct().Count() <= MostNames) Names(html, points, classes, place);
        html.Add($"</g>\n</svg>\n</figure>\n");
    }

    /// <summary>Each class has a shape as well as a colour.</summary>
    private static string Path(IEnumerable<MapPoint> points, Func<MapPoint, (double X, double Y)> place) =>
        string.Concat(points.Select(point => (Place: place(point), point.Label))
            .Select(point => FormattableString.Invariant($"M{point.Place.X:0.#} {point.Place.Y:0.#}") + Shape(point.Label % Symbols)));

    private static string Shape(int symbol) => symbol switch
    {
        0 => "m-2.6 0a2.6 2.6 0 1 0 5.2 0a2.6 2.6 0 1 0 -5.2 0z", // circle
        1 => "m-2.3 -2.3h4.6v4.6h-4.6z",                           // square
        2 => "m0 -3l2.9 5h-5.8z",                                  // triangle
        3 => "m0 -3.2l3.2 3.2l-3.2 3.2l-3.2 -3.2z",                // diamond
        4 => "m0 3l2.9 -5h-5.8z",                                  // triangle that points down
        _ => "m-3.2 -1.1h2.1v-2.1h2.2v2.1h2.1v2.2h-2.1v2.1h-2.2v-2.1h-2.1z", // cross
    };

    /// <summary>At the middle of each class, moved apart where two would cover each other.</summary>
    private static void Names(HtmlText html, IReadOnlyList<MapPoint> points, IReadOnlyList<string> classes,
        Func<MapPoint, (double X, double Y)> place)
    {
        var names = points.GroupBy(point => point.Label, place)
            .Select(group => (Label: group.Key, X: Median(group.Select(at => at.X)), Y: Median(group.Select(at => at.Y))))
            .OrderBy(name => name.Y).ToList();
        for (var i = 0; i < names.Count; i++)
            for (var earlier = 0; earlier < i; earlier++)
            {
                var reach = 3.4 * (Short(classes[names[i].Label]).Length + Short(classes[names[earlier].Label]).Length);
                if (Math.Abs(names[i].X - names[earlier].X) < reach && names[i].Y - names[earlier].Y < 14)
                    names[i] = names[i] with { Y = names[earlier].Y + 14 };
            }
        foreach (var (label, x, y) in names)
        {
            var name = Short(classes[label]);
            var half = 3.7 * name.Length + 6; // of its width: it stays inside
            html.Add($"<text class=\"name\" style=\"--hue: {Hue(label)}\" x=\"{Math.Clamp(x, half, Width - half):0.#}\" y=\"{Math.Min(y + 4, Height - 4):0.#}\" text-anchor=\"middle\">{name}</text>\n");
        }
    }

    private static string Short(string name) => name.Length <= 16 ? name : name[..15] + "…";

    private static void Legend(HtmlText html, FeatureMap map, IReadOnlyList<string> classes)
    {
        html.Add($"<ul class=\"legend\">\n");
        foreach (var label in map.Components.Select(point => point.Label).Distinct().Order())
            html.Add($"<li><svg class=\"map\" width=\"12\" height=\"12\" viewBox=\"-4 -4 8 8\" aria-hidden=\"true\" style=\"--hue: {Hue(label)}\"><path class=\"right\" d=\"M0 0{Shape(label % Symbols)}\"/></svg>{classes[label]}</li>\n");
        html.Add($"</ul>\n");
    }

    /// <summary>Degrees; neighbours in the list are far apart in colour.</summary>
    private static string Hue(int label) => (label * 137.508 % 360).ToString("0", CultureInfo.InvariantCulture); // the golden angle

    /// <summary>The whole map, its outermost thousandths at the edge, in one scale for both axes.</summary>
    private static Func<MapPoint, (double X, double Y)> Fit(IReadOnlyList<MapPoint> points)
    {
        var (left, right) = Ends(points.Select(point => point.X));
        var (low, high) = Ends(points.Select(point => point.Y));
        var scale = Math.Min((Width - 2 * Edge) / Math.Max(1e-9, right - left), (Height - 2 * Edge) / Math.Max(1e-9, high - low));
        return point => (Math.Clamp(Width / 2 + scale * (point.X - (left + right) / 2), Edge / 2, Width - Edge / 2),
            Math.Clamp(Height / 2 - scale * (point.Y - (low + high) / 2), Edge / 2, Height - Edge / 2));
    }

    private static (double Low, double High) Ends(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        var cut = sorted.Length / 500;
        return (sorted[cut], sorted[^(cut + 1)]);
    }

    private static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return sorted[sorted.Length / 2];
    }
}
