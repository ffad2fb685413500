using CsvHelper;
using Foresee.Evaluation;
using Foresee.Torch.Files;

namespace Foresee.Reports;

/// <summary>
/// ablation.csv: one row per step and amount of labels; a field is empty where there is no interval or nothing before. Files of version
/// 0.1, ladder.csv, name the step's column "rung".
/// </summary>
public static class AblationFile
{
    public const string FileName = "ablation.csv";
    public const string Header = "data,step,change,labels,draws,top1,low,high,gain,gain_low,gain_high,images,seconds";

    public static void Write(string path, AblationComparison ablation) => AtomicFile.Write(path, Render(ablation));

    public static string Render(AblationComparison ablation)
    {
        var text = new StringWriter();
        using (var csv = CsvWriter.Create(text, new() { NewLine = "\n" }))
        {
            csv.WriteHeader(Header.Split(','));
            foreach (var step in ablation.Steps)
                foreach (var point in step.Points)
                    csv.WriteRecord([ablation.Data, step.Name, step.Change, point.Labels, FormattableString.Invariant($"{point.Draws}"),
                        .. Fields(point.Top1), .. Fields(point.Gain),
                        FormattableString.Invariant($"{step.Images}"), FormattableString.Invariant($"{step.Seconds:0.0}")]);
        }
        return text.ToString();
    }

    private static string[] Fields(Interval? interval) => [.. new[] { interval?.Mean, interval?.Low, interval?.High }
        .Select(value => FormattableString.Invariant($"{value:0.00}"))];
}
