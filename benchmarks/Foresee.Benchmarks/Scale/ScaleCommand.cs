using System.CommandLine;
using System.Globalization;
using Foresee.Cli;
using Foresee.Reports;

namespace Foresee.Benchmarks.Scale;

/// <summary>
/// benchmarks/run scale: steps of 1 to 1,024 workers on paper, as docs/scale.md tells them. benchmarks/run scale-check holds the same
/// simulation against trainings on this machine.
/// </summary>
internal static class ScaleCommand
{
    private static readonly int[] workers = [.. Enumerable.Range(0, 11).Select(power => 1 << power)];

    public static Command Command(Terminal terminal)
    {
        var plots = new Option<DirectoryInfo?>("--plots") { Description = "a folder for a plot of each training and kind of worker" };
        var command = new Command("scale", "Says what steps of 1 to 1,024 workers would take, by arithmetic; measures nothing") { plots };
        command.SetAction(parsed =>
        {
            foreach (var (one, kind) in All)
            {
                foreach (var line in Table(one, kind)) terminal.Line(line);
                if (parsed.GetValue(plots) is { } folder && kind == PaperCases.Gpu) Plot(folder.FullName, one, kind);
            }
            return ExitCode.Success;
        });
        return command;
    }

    internal static IEnumerable<(PaperCase Case, WorkerKind Kind)> All =>
        from kind in new[] { PaperCases.Gpu, PaperCases.Processor } from one in PaperCases.All select (one, kind);

    /// <summary>Markdown: what a worker does, then for each number of workers a step's time, efficiency and bytes.</summary>
    internal static IEnumerable<string> Table(PaperCase one, WorkerKind kind)
    {
        var (work, worker) = (one.Work, kind.Of(one));
        yield return Text($"{work.Name}, {kind.Name}: {work.Images} images, {work.Operations / 1e12:0.0} TFLOP a step in ")
            + $"{Time(worker.Compute)}, optimiser {Time(worker.Rest)}, reading {Time(work.Images / worker.ImagesRead)} beside them; "
            + Text($"{work.GradientBytes / 1e6:N0} MB of gradients.");
        yield return "";
        yield return $"| workers | {string.Join(" | ", kind.Clusters.Select(cluster => cluster.Name))} |";
        yield return $"|---|{string.Concat(Enumerable.Repeat("---|", kind.Clusters.Count))}";
        var alone = Step(one, kind, 0, 1).Step;
        foreach (var count in workers)
        {
            var cells = Enumerable.Range(0, kind.Clusters.Count).Select(cluster => Step(one, kind, cluster, count))
                .Select(step => Text($"{Time(step.Step)}, **{100 * alone / step.Step:0} %**, {step.Bytes / 1e6:N0} MB"));
            yield return Text($"| {count:N0} | {string.Join(" | ", cells)} |");
        }
        yield return "";
    }

    private static StepTimes Step(PaperCase one, WorkerKind kind, int cluster, int count) =>
        new StepSimulation(one.Work, kind.Of(one), kind.Clusters[cluster].Of(count)).Mean();

    private static void Plot(string folder, PaperCase one, WorkerKind kind)
    {
        var alone = Step(one, kind, 0, 1).Step;
        var chart = new Chart("workers", "efficiency, %", [.. kind.Clusters.Select((cluster, c) => new ChartSeries(cluster.Name,
            [.. workers.Select(count => new ChartPoint(count, 100 * alone / Step(one, kind, c, count).Step))]))]);
        LinesPlot.Write(Path.Combine(folder, $"scale-{one.Key}.svg"), $"{one.Work.Name}: step of one worker, % of a step of many",
            "Simulated, not measured; rates of GPUs and links are assumptions (docs/scale.md)", chart);
    }

    private static string Time(double seconds) => seconds switch
    {
        < 0.1 => Text($"{1000 * seconds:0.0} ms"),
        < 1 => Text($"{1000 * seconds:0} ms"),
        < 100 => Text($"{seconds:0.0} s"),
        _ => Text($"{seconds:N0} s"),
    };

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
