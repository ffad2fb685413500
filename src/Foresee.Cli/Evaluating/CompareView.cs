using System.Globalization;
using Foresee.Evaluation;
using Foresee.Images;
using Foresee.Recipes;
using Foresee.Reports;
using Foresee.Runs;
using Foresee.Studies;
using Foresee.Training;
using Spectre.Console;

namespace Foresee.Cli;

/// <summary>A comparison of starts as the command line shows it.</summary>
internal sealed class CompareView(Terminal terminal, IImageSource images, Pretraining pretraining) : IStudyView
{
    private string start = "";

    public void Begins(StudyProgress progress)
    {
        start = progress.Name;
        var left = progress.Left is { } time ? $"; about {ProgressView.Duration(time.TotalSeconds)} left in all" : "";
        terminal.Line($"start {progress.Number} of {progress.Of}: {progress.Name}{left}");
    }

    public void Tell(string sentence) => terminal.Now(sentence);

    public PretrainResult Pretraining(PretrainOptions? options, string folder,
        Func<Action<StepRecord>, Action<string>, PretrainResult> work) => pretraining.Show(images, options, folder, work);

    public IReadOnlyList<EvaluationResult> Evaluating(Func<Action<EvaluationProgress>, IReadOnlyList<EvaluationResult>> work) =>
        ProgressBar.Show(terminal, show => work(progress => show(progress.Work, progress.Done, progress.Of)));

    public void Measured(EvaluationResult row) => terminal.Line(string.Create(CultureInfo.InvariantCulture,
        $"{start}, {row.Protocol}, {row.Labels}, draw {row.Draw}: {row.Value:0.0} % ({row.Seconds:0.0} s)"));

    public void Ends(StartMeasurement ended)
    {
        if (ended.Reason is { } reason) terminal.Warn($"{ended.Name} is not measured: {reason}");
        foreach (var remark in ended.Remarks) terminal.Line($"{ended.Name}: {remark}");
    }

    /// <summary>Accuracy by the chosen protocol, points behind the best start, and what each start cost.</summary>
    public static void Table(Terminal terminal, StartComparison comparison)
    {
        var table = new Table().Border(terminal.Live ? TableBorder.Rounded : TableBorder.Ascii2).AddColumn("start");
        string[] columns = [.. comparison.Amounts.SelectMany(labels => new[] { labels, "behind" }), "best", "images", "pretraining",
            "evaluation", "MiB"];
        foreach (var column in columns) table.AddColumn(new TableColumn(column).RightAligned());
        foreach (var row in comparison.Rows) table.AddRow([.. Cells(row, columns.Length).Select(Markup.Escape)]);
        terminal.Console.Write(table);
    }

    private static IEnumerable<string> Cells(StartRow row, int columns)
    {
        if (row.Start.Reason is not null)
            return [row.Start.Name, "not measured", .. Enumerable.Repeat("", columns - 1)]; // the warning has told why
        var best = string.Join(", ", row.Points.Select(point => point.Probability is { } p ? StartComparison.Percent(p) : "-"));
        return [row.Start.Name,
            .. row.Points.SelectMany(point => new[] { $"{point.Top1} % {point.Protocol}", point.Behind?.Signed() ?? "" }),
            best, FormattableString.Invariant($"{row.Start.Images:N0}"), ProgressView.Duration(row.Start.PretrainSeconds),
            ProgressView.Duration(row.Start.EvaluationSeconds), FormattableString.Invariant($"{row.Start.PeakMib:N0}")];
    }
}
