using CsvHelper;
using Foresee.Torch.Files;

namespace Foresee.Reports;

/// <summary>An image that is worth a label, as people read it.</summary>
/// <param name="Rule">By which it was chosen.</param>
/// <param name="Score">By its rule.</param>
/// <param name="Nearest">The labelled image that looks most like it; null where none is.</param>
/// <param name="Similarity">Its cosine.</param>
public sealed record SuggestedImage(string Path, string Rule, double Score, string Reason, string? Nearest, double? Similarity);

/// <summary>suggested.csv: one row per image, the one to label first in the first row.</summary>
public static class SuggestionsFile
{
    public const string Header = "path,score,rule,reason,nearest,similarity";

    public static void Write(string path, IEnumerable<SuggestedImage> images) => AtomicFile.Write(path, Render(images));

    public static string Render(IEnumerable<SuggestedImage> images)
    {
        var text = new StringWriter();
        using (var csv = CsvWriter.Create(text, new() { NewLine = "\n" }))
        {
            csv.WriteHeader(Header.Split(','));
            foreach (var image in images)
                csv.WriteRecord([image.Path, FormattableString.Invariant($"{image.Score:0.####}"), image.Rule, image.Reason,
                    image.Nearest ?? "", FormattableString.Invariant($"{image.Similarity:0.###}")]);
        }
        return text.ToString();
    }
}
