using CsvHelper;
using Foresee.Evaluation;
using Foresee.Torch.Files;

namespace Foresee.Reports;

/// <summary>
/// comparison.csv: one row per start, protocol, amount and draw of labels; a start that was not measured has one row, with the reason. With
/// what is needed to run each again.
/// </summary>
public static class StartsFile
{
    public const string FileName = "comparison.csv";

    public const string Header = "data,measured_on,start,encoder,protocol,chosen,labels,draw,metric,value,fit_seconds,images,"
        + "pretrain_seconds,evaluation_seconds,peak_mib,settings,seed,data_hash,commit,machine,command,reason";

    /// <param name="study">What was compared on what.</param>
    public static void Write(string path, IReadOnlyList<StartMeasurement> starts, RunDescription study) =>
        AtomicFile.Write(path, Render(starts, study));

    public static string Render(IReadOnlyList<StartMeasurement> starts, RunDescription study)
    {
        var text = new StringWriter();
        using (var csv = CsvWriter.Create(text, new() { NewLine = "\n" }))
        {
            csv.WriteHeader(Header.Split(','));
            foreach (var start in starts)
            {
                foreach (var row in start.Results) csv.WriteRecord(Fields(start, row, study));
                if (start.Results.Count == 0) csv.WriteRecord(Fields(start, null, study));
            }
        }
        return text.ToString();
    }

    private static string[] Fields(StartMeasurement start, EvaluationResult? row, RunDescription study) =>
    [
        row?.Data ?? study.Data.Name, row?.MeasuredOn ?? "", start.Name, start.Encoder, row?.Protocol ?? "",
        row is null ? "" : start.Chosen.GetValueOrDefault(row.Labels) == row.Protocol ? "yes" : "no", row?.Labels ?? "",
        Number(row?.Draw), row?.Metric ?? "", Number(row?.Value), Number(row?.Seconds), Number(start.Images),
        Number(Math.Round(start.PretrainSeconds, 1)), Number(Math.Round(start.EvaluationSeconds, 1)), Number(start.PeakMib),
        row?.Settings ?? "", string.Join(' ', study.Seeds.Values), study.Data.Hash, start.Commit ?? "", start.Machine, start.Command,
        start.Reason ?? "",
    ];

    private static string Number(IFormattable? value) => FormattableString.Invariant($"{value}");
}
