using System.Globalization;
using System.Text;
using Foresee.Torch.Files;

namespace Foresee.Detection;

/// <summary>A score as CSV: a row for each class and one for the means; shares of 0 to 1, empty without objects.</summary>
public static class DetectionTable
{
    public const string FileName = "scores.csv";

    public static void Write(string path, DetectionScore score)
    {
        var text = new StringBuilder("class,objects,ap50_voc2007,ap50_voc2010,coco_ap,coco_ap50,coco_ap75\n");
        foreach (var c in score.Classes) Row(text, c.Class, c.Objects, c.ElevenPoints, c.Area, c.Coco, c.Coco50, c.Coco75);
        Row(text, "mean", score.Classes.Sum(c => c.Objects), score.ElevenPoints, score.Area, score.Coco, score.Coco50, score.Coco75);
        AtomicFile.Write(path, text.ToString());
    }

    private static void Row(StringBuilder text, string name, int objects, params ReadOnlySpan<double?> values)
    {
        text.Append(CultureInfo.InvariantCulture, $"{name.Replace(',', ';')},{objects}");
        foreach (var value in values) text.Append(CultureInfo.InvariantCulture, $",{value:0.000000}");
        text.Append('\n');
    }
}
