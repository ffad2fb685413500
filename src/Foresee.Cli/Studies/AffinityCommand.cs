using System.CommandLine;
using System.Globalization;
using Foresee.Encoders;
using Foresee.Evaluation;
using Foresee.Labels;
using Foresee.Reports;
using Foresee.Studies.Affinity;
using Spectre.Console;

namespace Foresee.Cli;

/// <summary>foresee affinity: which pretext task serves which question, and which few of them serve all.</summary>
internal static class AffinityCommand
{
    private const string Figure = "affinity.svg";
    private const int LargestBudget = 3;

    public static Command Create(Terminal terminal)
    {
        var labelled = new Argument<string>("LABELLED") { Description = Describe.Labelled };
        var encoders = Dial.Names("--encoders", "runs, starts (start list) or files of weights that learnt other things, with commas between them");
        var output = new Option<string>("--out")
        {
            Description = $"the folder that receives results.csv and {Figure}",
            HelpName = "folder",
            Required = true,
        };
        var labels = Dial.Amount("--labels", "how many labels each task gets: 50/class or 1% (default: 50/class)");
        var size = Dial.Whole("--size", "pixels that images are brought to (default: as each encoder was trained)", least: 8, most: 1024);
        var part = new PartOptions();
        var seed = Dial.Whole("--seed", "of the draw of labels (default: 0)", least: 0);
        var run = new RunOptions();
        var command = new Command("affinity", "Measures which encoder serves which of five tasks about the same images, and which few serve all")
        {
            labelled, encoders, output, labels, size, part.Test, part.Validation, seed,
        };
        run.AddTo(command);
        command.SetAction(parsed =>
        {
            var amount = parsed.GetValue(labels) ?? new LabelAmount(50, LabelUnit.PerClass);
            var request = new RankRequest(part.Read(parsed, parsed.GetValue(labelled)!, amount),
                parsed.GetValue(encoders)!, parsed.GetValue(output)!)
            {
                Size = parsed.GetValue(size),
                Seed = parsed.GetValue(seed) ?? 0,
                Threads = run.ThreadsOf(parsed),
                Json = parsed.GetValue(run.Json),
            };
            if (request.Encoders.Length is < 2 or > 20)
                throw new UsageException($"--encoders must name 2 to 20 to compare, got {request.Encoders.Length}.");
            Named.Images(request.Data.Name, request.Data.Test);
            var data = request.Data.Open();
            OutputFolder.Prepare(request.Output);
            var device = run.Start(parsed);
            using var interruption = new Interruption(terminal);
            return Run(terminal, request, data, device, interruption.Token);
        });
        return command;
    }

    private static int Run(Terminal terminal, RankRequest request, LabelledSplits data, Torch.Device device, CancellationToken cancel)
    {
        EncoderSource[] sources = [.. request.Encoders.Select(EncoderSource.Of)];
        string[] names = [.. sources.Select(source => source.Name)];
        if (names.Distinct().Count() < names.Length) names = request.Encoders;
        var (losses, file) = (new List<IReadOnlyList<TaskLoss>>(), Path.Combine(request.Output, ResultsFile.FileName));
        foreach (var (source, name) in sources.Zip(names))
        {
            terminal.Now("loading an encoder");
            using var encoder = source.Load(device, new EncoderReading { Size = request.Size });
            var images = new Evaluating(terminal).Readable(data, encoder.Input, request.Threads, cancel);
            if (request.Data.Validation) images = images.Validating();
            var study = new AffinityStudy(images, request.Amount, request.Seed, request.Threads);
            var found = ProgressBar.Show(terminal, show => study.Measure(encoder,
                progress => show($"{name}: {progress.Work}", progress.Done, progress.Of), cancel));
            losses.Add(found);
            ResultsFile.Merge(file, found.Select(one => new EvaluationResult(images.Train.Images.Name, name, $"linear, {Word(one.Task)}",
                $"{request.Amount}", request.Seed, one.Accuracy, 0)));
            terminal.Line(string.Create(CultureInfo.InvariantCulture, $"{name}: {string.Join(", ", found.Select(one => $"{Word(one.Task)} {one.Accuracy:0.0} %"))}"));
        }
        var matrix = AffinityStudy.Matrix(losses);
        string[] tasks = [.. losses[0].Select(one => Word(one.Task))];
        MatrixPlot.Write(Path.Combine(request.Output, Figure), $"Affinity of encoders to tasks on {data.Train.Images.Name}, rows of sum 1", tasks, names, matrix);
        Table(terminal, tasks, names, matrix);
        SourceSet[] sets = [.. Enumerable.Range(1, Math.Min(LargestBudget, names.Length)).Select(budget => SourceSet.Of(matrix, budget))];
        foreach (var (budget, set) in sets.Index())
            terminal.Line($"best set of at most {budget + 1}: {string.Join("; ", set.Sources.Select(source => $"{names[source]} for {For(set, source, tasks)}"))}"
                + string.Create(CultureInfo.InvariantCulture, $" (affinity {set.Affinity:0.00})"));
        terminal.Line($"figure: {Path.Combine(request.Output, Figure)}");
        JsonFile.Write(request.Json, new AffinityFields(data.Train.Images.Name, tasks, names, matrix, sets));
        return ExitCode.Success;
    }

    private static string For(SourceSet set, int source, string[] tasks) =>
        string.Join(" and ", tasks.Where((_, task) => set.Best[task] == source)) is { Length: > 0 } served ? served : "nothing";

    private static string Word(DownstreamTask task) => task == DownstreamTask.LightestQuarter ? "lightest quarter" : task.ToString().ToLowerInvariant();

    private static void Table(Terminal terminal, string[] tasks, string[] names, IReadOnlyList<double[]> matrix)
    {
        var table = new Table().Border(terminal.Live ? TableBorder.Rounded : TableBorder.Ascii2).AddColumn("task");
        foreach (var name in names) table.AddColumn(new TableColumn(Markup.Escape(name)).RightAligned());
        foreach (var (task, row) in tasks.Zip(matrix))
            table.AddRow([task, .. row.Select(value => value.ToString("0.000", CultureInfo.InvariantCulture))]);
        terminal.Console.Write(table);
    }
}

/// <summary>The fields of affinity --json.</summary>
/// <param name="Affinity">[task][encoder], rows of sum 1.</param>
/// <param name="Sets">The best of at most 1, 2 and 3 encoders; their numbers are places in Encoders.</param>
internal sealed record AffinityFields(string Data, IReadOnlyList<string> Tasks, IReadOnlyList<string> Encoders,
    IReadOnlyList<double[]> Affinity, IReadOnlyList<SourceSet> Sets);
