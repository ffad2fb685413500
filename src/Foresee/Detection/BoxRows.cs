using System.Globalization;
using System.Text;
using Foresee.Torch.Files;

namespace Foresee.Detection;

/// <summary>Found boxes as CSV, in pixels from the upper left corner of the image: left and top of the first pixel are 0.</summary>
public static class BoxRows
{
    public const string FileName = "boxes.csv";

    public static void Write(string path, IReadOnlyList<AnnotatedImage> images, IReadOnlyList<IReadOnlyList<DetectedObject>> found,
        IReadOnlyList<string> classes)
    {
        var text = new StringBuilder("file,class,score,left,top,right,bottom\n");
        foreach (var (image, all) in images.Zip(found))
            foreach (var o in all)
                text.Append(CultureInfo.InvariantCulture,
                    $"{Field(image.File)},{Field(classes[o.Class])},{o.Score:0.0000},{o.Box.Left:0.##},{o.Box.Top:0.##},{o.Box.Right:0.##},{o.Box.Bottom:0.##}\n");
        AtomicFile.Write(path, text.ToString());
    }

    private static string Field(string text) => text.AsSpan().ContainsAny(",\"\n\r") ? $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : text;
}
