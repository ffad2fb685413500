using System.Globalization;
using CsvHelper;

namespace Foresee.DataSets;

/// <summary>Duplicates in words and as a table.</summary>
public static class DuplicateReport
{
    public const string FileName = "duplicates.csv";

    /// <summary>A group in one line.</summary>
    public static string Line(DuplicateGroup group) =>
        string.Join(" = ", group.Images.Select(image =>
        $"{Name(image.Split)} {image.File}{(image.Class is null ? "" : $" ({image.Class})")}"));

    /// <summary>What they mean for the accuracy that is measured on these images.</summary>
    public static IEnumerable<string> Sentences(Duplicates found)
    {
        if (found.Counts.Values.Sum() == 0 && found.Skipped is [var first, ..])
        {
            yield return $"None of the {found.Skipped.Count} images can be read. The first: {first.File}: {first.Reason}";
            yield break;
        }
        if (found.Groups.Count == 0) yield return "No image occurs twice, pixel by pixel.";
        var tested = found.Counts.GetValueOrDefault(Split.Test);
        if (found.Shared(Split.Test, Split.Train) is > 0 and var leaked)
            yield return Invariant($"{leaked:N0} of {tested:N0} test images stand among the training images, too: a classifier may know them by heart, so up to {100.0 * leaked / tested:0.##} points of the accuracy may be owed to that.");
        if (found.Shared(Split.Test, Split.Unlabelled) is > 0 and var seen)
            yield return Invariant($"{seen:N0} of {tested:N0} test images stand among the images without labels, too: pretraining sees them, so up to {100.0 * seen / tested:0.##} points of the accuracy are of images that were not new.");
        if (found.Shared(Split.Train, Split.Unlabelled) is > 0 and var twice)
            yield return Invariant($"{twice:N0} training images stand among those without labels, too: pretraining sees them more than once, which does no harm to the measurement.");
        if (found.Repeated(Split.Train) is > 0 and var repeated)
            yield return Invariant($"{repeated:N0} of {found.Counts[Split.Train]:N0} training images repeat another: a draw of labels may hold one image twice and so teach less, and validation images cut from training may be known to the classifier.");
        if (found.Repeated(Split.Test) is > 0 and var counted)
            yield return Invariant($"{counted:N0} of {tested:N0} test images repeat another: these count more than once.");
        if (found.Repeated(Split.Unlabelled) is > 0 and var more)
            yield return Invariant($"{more:N0} of {found.Counts[Split.Unlabelled]:N0} images without labels repeat another.");
        if (found.Groups.Count(group => group.Disagrees) is > 0 and var disagreeing)
            yield return Invariant($"{disagreeing:N0} {(disagreeing == 1 ? "group has" : "groups have")} different labels for the same pixels: at least one label of each is wrong, and where it is a test image no classifier that learnt the other can be right.");
    }

    /// <summary>One row per image; images of one group follow each other.</summary>
    public static string Csv(Duplicates found)
    {
        var text = new StringWriter();
        using (var csv = CsvWriter.Create(text, new() { NewLine = "\n" }))
        {
            csv.WriteHeader(["group", "split", "file", "class", "sha256"]);
            foreach (var (number, group) in found.Groups.Index())
                foreach (var image in group.Images)
                    csv.WriteRecord([FormattableString.Invariant($"{number + 1}"), Name(image.Split), image.File, image.Class ?? "", group.Hash]);
        }
        return text.ToString();
    }

    public static string Name(Split split) => split switch
    {
        Split.Train => "train",
        Split.Unlabelled => "unlabelled",
        _ => "test",
    };

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
