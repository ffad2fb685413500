using System.Globalization;
using Foresee.Fitting;
using Foresee.Images;
using Foresee.Recipes;
using Foresee.Runs;
using Foresee.Training;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Foresee.Cli;

/// <summary>
/// A fit as the command line shows it: on a terminal a table of what leads above a bar with the time that is left; elsewhere plain lines.
/// </summary>
internal sealed class FitView(Terminal terminal, IImageSource images, Pretraining pretraining) : IFitView
{
    private const int Shown = 8; // lines of the live table
    private ProgressContext? live;
    private ProgressTask? bar;
    private IRenderable table = Text.Empty;

    /// <summary>Does the work under the live table, where there is one.</summary>
    public T Show<T>(Func<T> work)
    {
        if (!terminal.Live) return work();
        var progress = terminal.Console.Progress().AutoClear(true)
            .Columns([new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn { Width = 20 }, new PercentageColumn()])
            .UseRenderHook((below, _) => new Rows(table, below));
        progress.RefreshRate = TimeSpan.FromMilliseconds(500);
        return progress.Start(context =>
        {
            (live, bar) = (context, context.AddTask("starting"));
            return work();
        });
    }

    public void Tell(string sentence) => terminal.Line(sentence);

    public void Warn(string sentence) => terminal.Warn(sentence);

    public void Progress(FitProgressReport report)
    {
        var left = report.Left is { } seconds ? $"; {ProgressView.Duration(seconds)} left in all" : "";
        if (live is null)
        {
            terminal.Show(() => string.Create(CultureInfo.InvariantCulture,
                $"{report.Work}{(report.Of > 1 ? $": {report.Done:N0} of {report.Of:N0}" : "")}{left}"));
            return;
        }
        if (report.Standings.Count > 0) table = Standings(report.Standings.Take(Shown), TableBorder.Rounded);
        bar!.Description = Markup.Escape(Shell.Escape(report.Work + left));
        (bar.MaxValue, bar.Value) = (Math.Max(1, report.Of), report.Done);
    }

    public void Scored(FoldScore fold, int of, double accuracy)
    {
        if (live is null) terminal.Line(string.Create(CultureInfo.InvariantCulture,
            $"{fold.Candidate}, fold {fold.Fold + 1} of {of}: {accuracy:0.0} % of {fold.Held.Length} images ({fold.Seconds:0.0} s)"));
    }

    public PretrainResult Pretraining(PretrainOptions? options, string folder,
        Func<Action<StepRecord>, Action<string>, PretrainResult> work)
    {
        if (live is null) return pretraining.Show(images, options, folder, work);
        var name = $"pretraining {Path.GetFileName(folder)}";
        return work(step =>
        {
            bar!.Description = Markup.Escape(string.Create(CultureInfo.InvariantCulture,
                $"{name}: loss {step.Loss:0.00}, {step.ImagesPerSecond:0} images/s"));
            (bar.MaxValue, bar.Value) = (Math.Max(1, step.Steps), step.Steps > 0 ? step.Step : 0);
        }, doing => bar!.Description = Markup.Escape(Shell.Escape($"{name}: {doing}")));
    }

    /// <summary>All that was scored, the best first.</summary>
    public static void Table(Terminal terminal, FitResult model)
    {
        if (model.Standings.Count > 0)
            terminal.Console.Write(Standings(model.Standings, terminal.Live ? TableBorder.Rounded : TableBorder.Ascii2));
    }

    private static Table Standings(IEnumerable<Standing> standings, TableBorder border)
    {
        var table = new Table().Border(border).AddColumn("start").AddColumn("protocol");
        foreach (var column in new[] { "held-out images right", "of", "expected", "seconds a fit" })
            table.AddColumn(new TableColumn(column).RightAligned());
        foreach (var standing in standings)
            table.AddRow([.. new[]
            {
                standing.Candidate.Start, standing.Candidate.Protocol.Name, standing.Accuracy?.ToString() ?? "",
                string.Create(CultureInfo.InvariantCulture, $"{standing.Images}"),
                string.Create(CultureInfo.InvariantCulture, $"{standing.Ahead:+0.0;-0.0;0.0} ± {2 * standing.Spread:0.0}"),
                string.Create(CultureInfo.InvariantCulture, $"{standing.Seconds:0.0}"),
            }.Select(Markup.Escape)]);
        return table;
    }
}
