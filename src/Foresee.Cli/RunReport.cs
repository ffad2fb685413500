using Foresee.Reports;
using Foresee.Runs;

namespace Foresee.Cli;

/// <summary>The report of a run: how it was pretrained, its pictures, and what an evaluation measured where there is one.</summary>
internal static class RunReport
{
    /// <param name="run">The folder of the run.</param>
    /// <param name="folder">Receives the report.</param>
    /// <returns>Its path.</returns>
    public static string Write(string run, LabelComparison? comparison, string folder, string title, IReadOnlyList<ReportFact> facts,
        IReadOnlyList<NextCommand> next)
    {
        var (metrics, path) = (Path.Combine(run, MetricsLog.FileName), Path.Combine(folder, HtmlReport.FileName));
        var pretraining = File.Exists(metrics) ? MetricsLog.Read(metrics) : [];
        HtmlReport.Write(path, new()
        {
            Title = title,
            Comparison = comparison,
            Pretraining = pretraining,
            Pictures = PretrainPictures.Read(run),
            Facts =
            [
                .. facts,
                .. pretraining.TakeLast(1).Select(last => new ReportFact("Pretraining",
                    FormattableString.Invariant($"{ProgressView.Duration(last.Seconds ?? 0)}, {last.Images:N0} images seen"))),
                new("Peak memory of this process", FormattableString.Invariant($"{PeakMemory.Mebibytes()} MiB")),
            ],
            Run = RunDescription.Read(Path.Combine(run, RunDescription.FileName)),
            Next = next,
        });
        return path;
    }
}
