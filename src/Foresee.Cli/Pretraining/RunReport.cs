using Foresee.Reports;
using Foresee.Runs;

namespace Foresee.Cli;

/// <summary>The report of a run: how it was pretrained, its pictures, and what an evaluation measured where there is one.</summary>
internal static class RunReport
{
    /// <param name="terminal">Told what had to be left out.</param>
    /// <param name="run">The folder of the run; null for an encoder from elsewhere.</param>
    /// <param name="folder">Receives the report.</param>
    /// <returns>Its path.</returns>
    public static string Write(Terminal terminal, string? run, LabelComparison? comparison, string folder, string title,
        IReadOnlyList<ReportFact> facts, IReadOnlyList<NextCommand> next)
    {
        var (pretraining, path) = (run is null ? [] : Pretraining(terminal, run), Path.Combine(folder, HtmlReport.FileName));
        HtmlReport.Write(path, new()
        {
            Title = title,
            Comparison = comparison,
            Pretraining = pretraining,
            Pictures = run is null ? [] : PretrainPictures.Read(run),
            Facts =
            [
                .. facts,
                .. pretraining.TakeLast(1).Select(last => new ReportFact("Pretraining",
                    FormattableString.Invariant($"{ProgressView.Duration(last.Seconds ?? 0)}, {last.Images:N0} images seen"))),
                new("Peak memory of this process", FormattableString.Invariant($"{PeakMemory.Mebibytes()} MiB")),
            ],
            Run = run is null ? null : RunDescription.Read(Path.Combine(run, RunDescription.FileName)),
            Next = next,
        });
        return path;
    }

    /// <summary>A log that was damaged costs the report its curves, not the numbers that were measured.</summary>
    private static IReadOnlyList<MetricsEntry> Pretraining(Terminal terminal, string run)
    {
        var metrics = Path.Combine(run, MetricsLog.FileName);
        try
        {
            return File.Exists(metrics) ? MetricsLog.Read(metrics) : [];
        }
        catch (Exception error) when (error is InvalidDataException or IOException or UnauthorizedAccessException)
        {
            terminal.Warn($"the report does without the curves of the pretraining. {error.Message}");
            return [];
        }
    }
}
