using System.Text;
using CsvHelper;
using Foresee.Torch.Files;

namespace Foresee.Detection;

/// <summary>
/// Found boxes as CSV, in pixels from the upper left corner of the image as it is seen: left and top of the first pixel are 0.
/// </summary>
public static class BoxRows
{
    public const string FileName = "boxes.csv";
    private const string Header = "file,class,score,left,top,right,bottom";

    /// <summary>The file is there when the last image is done; until then rows are written beside it as they come.</summary>
    public static void Write(string path, IEnumerable<(AnnotatedImage Image, IReadOnlyList<DetectedObject> Found)> images,
        IReadOnlyList<string> classes) => AtomicFile.Write(path, stream =>
    {
        using var text = new StreamWriter(stream, new UTF8Encoding(false), leaveOpen: true);
        using var csv = CsvWriter.Create(text, new() { NewLine = "\n" });
        csv.WriteHeader(Header.Split(','));
        foreach (var (image, found) in images)
            foreach (var o in found)
                csv.WriteRecord([image.File, classes[o.Class], FormattableString.Invariant($"{o.Score:0.0000}"),
                    .. new[] { o.Box.Left, o.Box.Top, o.Box.Right, o.Box.Bottom }.Select(side => FormattableString.Invariant($"{side:0.##}"))]);
    });
}
