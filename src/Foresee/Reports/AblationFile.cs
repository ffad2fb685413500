using System.Globalization;
using System.Text;
using Foresee.Evaluation;

namespace Foresee.Reports;

/// <summary>ablation.csv: one row per step and amount of labels; a field is empty where there is no interval or nothing before.</summary>
public static class AblationFile
{
    public const string FileName = "ablation.csv";
    public const string Header = "data,rung,change,labels,draws,top1,low,high,gain,gain_low,gain_high,images,seconds";

    public static void Write(string path, AblationComparison ladder) => AtomicFile.Write(path, Render(ladder));

    public static string Render(AblationComparison ladder)
    {
        var text = new StringBuilder(Header).Append('\n');
        foreach (var step in ladder.Steps)
            foreach (var point in step.Points)
                text.Append(CultureInfo.InvariantCulture, $"{CsvRecords.Quote(ladder.Data)},{CsvRecords.Quote(step.Name)},{CsvRecords.Quote(step.Change)},{CsvRecords.Quote(point.Labels)},{point.Draws},")
                    .Append(CultureInfo.InvariantCulture, $"{Fields(point.Top1)},{Fields(point.Gain)},{step.Images},{step.Seconds:0.0}\n");
        return text.ToString();
    }

    private static string Fields(Interval? interval) => string.Create(CultureInfo.InvariantCulture, $"{interval?.Mean:0.00},{interval?.Low:0.00},{interval?.High:0.00}");
}
