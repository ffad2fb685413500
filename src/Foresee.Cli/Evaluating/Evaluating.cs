using System.Globalization;
using Foresee.Evaluation;
using Foresee.Images;
using Foresee.Labels;
using Foresee.Reports;
using Spectre.Console;

namespace Foresee.Cli;

/// <summary>An evaluation as the command line shows it; evaluate and demo share it.</summary>
internal sealed class Evaluating(Terminal terminal)
{
    /// <summary>What was left out, in words; null when every image could be read.</summary>
    private string? leftOut;

    /// <summary>The images that can be read; the others are named and counted.</summary>
    /// <param name="data">Its test part is left alone where it is null.</param>
    /// <exception cref="ImageDataException">A class has nothing left to learn from.</exception>
    public LabelledSplits Readable(LabelledSplits data, InputFormat fit, int threads, CancellationToken cancel)
    {
        terminal.Now("reading the labelled images");
        LabelledImages Check(LabelledImages part) => Show(progress =>
            part.Readable(fit, done => progress(new($"reading {part.Images.Name}", done, part.Images.Count)), threads, cancel));
        var (train, test) = (Check(data.Train), data.Test is null ? null : Check(data.Test));
        var parts = new[] { train, test }.OfType<LabelledImages>().ToArray();
        ImageRemarks.Skipped(terminal, [.. parts.SelectMany(part => part.Skipped)]);
        ImageRemarks.PassedOver(terminal, parts.Select(part => part.Images));
        ImageRemarks.MorePictures(terminal, parts.Sum(part => part.WithMorePictures), parts.Sum(part => part.Images.Count));
        ImageRemarks.SixteenBit(terminal, parts.Sum(part => part.SixteenBit), parts.Sum(part => part.Images.Count), fit.Window);
        if (parts.Any(part => part.Skipped.Count > 0))
            leftOut = $"{train.Skipped.Count} of {data.Train.Images.Count} labelled"
                + (test is null ? "" : $" and {test.Skipped.Count} of {data.Test!.Images.Count} test")
                + " images could not be read and were left out";
        if (train.Lost is [var lost, ..])
        {
            var first = train.Skipped.First(image => data.Train.Classes[data.Train.Labels[image.Index]] == lost);
            throw new ImageDataException($"No image of class '{lost}' in {train.Images.Name} can be read, so it can't be learnt "
                + $"(the first: {first.File}); restore its images, or take the class away.");
        }
        ImageRemarks.Classes(terminal, train, test);
        foreach (var unseen in test?.Lost ?? [])
            terminal.Warn($"no test image of class '{unseen}' can be read, so the accuracy says nothing about it");
        return new(train, test);
    }

    /// <summary>What a reader of the numbers must know of the images.</summary>
    public void Remarks()
    {
        if (leftOut is not null) terminal.Line(leftOut);
    }

    /// <summary>
    /// Measures, and writes each row to the folder's results.csv as soon as it is known; what it has of the same measurement is kept. Of
    /// several processes the first reads and writes it.
    /// </summary>
    public IReadOnlyList<EvaluationResult> Run(LabelledSplits data, EvaluationPlan plan, string folder, CancellationToken cancel)
    {
        var (file, writes) = (Path.Combine(folder, ResultsFile.FileName), plan.Group is null or { Rank: 0 });
        terminal.Now("reading images and encoder once, to know the measurement again");
        try
        {
            var rows = Show(progress => Evaluator.Run(data, plan, row =>
            {
                if (writes) ResultsFile.Merge(file, [row]);
                terminal.Line(string.Create(CultureInfo.InvariantCulture, $"{row.Protocol}, {row.Labels}, draw {row.Draw}: "
                    + $"{row.Value:0.0} % of {data.Test!.Images.Count:N0} {row.MeasuredOn} images ({row.Seconds:0.0} s)"));
            }, progress, cancel, writes && File.Exists(file) ? ResultsFile.Read(file) : [], kept =>
            {
                var all = plan.Amounts.Count * plan.Draws * plan.Protocols.Count;
                if (kept.Count > 0) terminal.Line($"{kept.Count} of {all} results are in {file} from an earlier start and are kept");
            }));
            if (writes) Strangers(rows, file);
            return rows;
        }
        catch (OperationCanceledException)
        {
            terminal.Line($"{file} has what was measured; the same line goes on from there");
            throw;
        }
    }

    /// <summary>Draws of the file that stand beside these, but were measured in another way.</summary>
    private void Strangers(IReadOnlyList<EvaluationResult> rows, string file)
    {
        var written = ResultsFile.Read(file);
        foreach (var group in rows.GroupBy(row => (row.Data, row.Encoder, row.Protocol, row.Labels)))
        {
            var marks = group.Select(row => row.Settings).ToHashSet();
            int[] others = [.. written.Where(row => (row.Data, row.Encoder, row.Protocol, row.Labels) == group.Key
                && !marks.Contains(row.Settings)).Select(row => row.Draw).Order()];
            if (others.Length == 0) continue;
            terminal.Warn($"{file} also has {group.Key.Protocol} with {group.Key.Labels} on "
                + $"{(others.Length == 1 ? "draw" : "draws")} {string.Join(", ", others)}, by other settings or another program: "
                + "no part of what is shown here; use another --out to keep them apart");
        }
    }

    private T Show<T>(Func<Action<EvaluationProgress>, T> work) =>
        ProgressBar.Show(terminal, show => work(progress => show(progress.Work, progress.Done, progress.Of)));

    /// <summary>Mean and 95 % interval per protocol and amount, and the paired difference where there is a rival.</summary>
    public void Table(LabelComparison comparison)
    {
        var table = new Table().Border(terminal.Live ? TableBorder.Rounded : TableBorder.Ascii2).AddColumn(comparison.Unit);
        foreach (var curve in comparison.Curves) table.AddColumn(new TableColumn(curve.Name).RightAligned());
        if (comparison.Rival is not null)
            foreach (var heading in new[] { "paired difference", "labels saved" })
                table.AddColumn(new TableColumn(heading).RightAligned());
        foreach (var labels in comparison.Curves.SelectMany(curve => curve.Points).OrderBy(point => point.Amount)
            .Select(point => point.Labels).Distinct())
        {
            var cells = new List<string> { labels };
            cells.AddRange(comparison.Curves.Select(curve =>
                curve.Points.FirstOrDefault(point => point.Labels == labels) is { } found ? $"{found.Top1} %" : ""));
            if (comparison.Rival is not null)
            {
                var difference = comparison.Differences.FirstOrDefault(d => d.Labels == labels);
                cells.Add(difference?.Difference.Signed() ?? "");
                cells.Add(difference is null ? "" : comparison.Savings.Where(s => s.Labels == difference.Amount).Select(s => s.ToString())
                    .FirstOrDefault(""));
            }
            table.AddRow([.. cells.Select(Markup.Escape)]);
        }
        terminal.Console.Write(table);
    }

    /// <summary>The report of a comparison, and its plot by itself.</summary>
    /// <returns>Its path.</returns>
    public string Report(string? run, LabelComparison comparison, string folder, string title, IReadOnlyList<NextCommand> next)
    {
        terminal.Now("making the report");
        SvgPlot.Write(Path.Combine(folder, "label-efficiency.svg"), comparison);
        return RunReport.Write(terminal, run, comparison, folder, title, leftOut is null ? [] : [new("Left out", leftOut)], next);
    }
}
