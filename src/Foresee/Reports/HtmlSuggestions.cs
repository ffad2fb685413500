using Foresee.Torch.Files;

namespace Foresee.Reports;

/// <summary>A suggested image with its picture, beside the labelled one that looks most like it.</summary>
/// <param name="Jpeg">The image.</param>
/// <param name="NearestJpeg">The labelled one; empty where there is none.</param>
public sealed record SuggestedPicture(SuggestedImage Image, ReadOnlyMemory<byte> Jpeg, ReadOnlyMemory<byte> NearestJpeg);

/// <summary>The contact sheet of suggested images: one HTML file that needs no network and no script.</summary>
public static class HtmlSuggestions
{
    /// <param name="lead">What was chosen from what, a sentence each.</param>
    /// <param name="more">Suggestions that have no picture here.</param>
    public static void Write(string path, string title, IReadOnlyList<string> lead, IReadOnlyList<SuggestedPicture> pictures, int more,
        NextCommand next) => AtomicFile.Write(path, Render(title, lead, pictures, more, next));

    internal static string Render(string title, IReadOnlyList<string> lead, IReadOnlyList<SuggestedPicture> pictures, int more,
        NextCommand next)
    {
        var html = new HtmlText();
        HtmlReport.Head(html, title);
        html.Add($"<main>\n<header>\n<p class=\"kicker\">Foresee suggestions</p>\n<h1>{title}</h1>\n");
        foreach (var sentence in lead) html.Add($"<p class=\"lead\">{sentence}</p>\n");
        html.Add($"</header>\n<section aria-labelledby=\"images\">\n<h2 id=\"images\">Images, the one to label first in front</h2>\n");
        html.Add($"<ol class=\"contacts\">\n");
        foreach (var picture in pictures) Card(html, picture);
        html.Add($"</ol>\n");
        if (more > 0) html.Add($"<p class=\"note\">{more:N0} more are in the list beside this page.</p>\n");
        html.Add($"</section>\n");
        HtmlRun.Next(html, [next]);
        return html.Add($"</main>\n</body>\n</html>\n").ToString();
    }

    private static void Card(HtmlText html, SuggestedPicture picture)
    {
        var image = picture.Image;
        html.Add($"<li class=\"card\"><figure>");
        Picture(html, $"Suggested image {image.Path}", picture.Jpeg);
        html.Add($"<figcaption>{Path.GetFileName(image.Path)}<small>{image.Reason}</small></figcaption></figure>");
        if (image.Nearest is { } nearest)
        {
            html.Add($"<div class=\"near\">");
            Picture(html, $"Nearest labelled image {nearest}", picture.NearestJpeg);
            html.Add($"<small>nearest labelled image, cosine {image.Similarity:0.00}</small></div>");
        }
        html.Add($"</li>\n");
    }

    private static void Picture(HtmlText html, string alternative, ReadOnlyMemory<byte> jpeg)
    {
        if (jpeg.IsEmpty) return;
        html.Add($"<img alt=\"{alternative}\" src=\"data:image/jpeg;base64,").AddTrusted(Convert.ToBase64String(jpeg.Span)).Add($"\">");
    }
}
