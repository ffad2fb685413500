using System.CommandLine;
using System.Globalization;
using Foresee.Encoders;
using Foresee.Evaluation;
using Foresee.Labels;
using Foresee.Reports;
using Foresee.Studies.Adaptation;
using Foresee.Studies.MultiTask;
using Spectre.Console;

namespace Foresee.Cli;

/// <summary>foresee multitask: one encoder for several tasks, or one for each?</summary>
internal static class MultiTaskCommand
{
    public static Command Create(Terminal terminal)
    {
        var labelled = new Argument<string>("LABELLED") { Description = Describe.Labelled };
        var output = new Option<string>("--out") { Description = "the folder that receives results.csv", HelpName = "folder", Required = true };
        var steps = Dial.Whole("--steps", "of each of 7 networks, of 64 images (default: 600)", least: 10);
        var images = Dial.Whole("--images", "that are learnt from at most, evenly taken (default: 10000)", least: 2);
        var draws = Dial.Whole("--draws", "seeds, for the 95 % interval (default: 1)", least: 1, most: 100);
        var seed = Dial.Whole("--seed", "the first of them (default: 0)", least: 0);
        var part = new PartOptions();
        var run = new RunOptions();
        var command = new Command("multitask", "Measures whether one encoder with several heads learns five tasks as well as one for each")
        {
            labelled, output, steps, images, draws, seed, part.Test, part.Validation,
        };
        run.AddTo(command);
        command.SetAction(parsed =>
        {
            var usual = new MultiTaskPlan();
            var plan = usual with
            {
                Steps = parsed.GetValue(steps) ?? usual.Steps,
                Images = parsed.GetValue(images) ?? usual.Images,
                Draws = parsed.GetValue(draws) ?? usual.Draws,
                Seed = parsed.GetValue(seed) ?? usual.Seed,
            };
            var asked = part.Read(parsed, parsed.GetValue(labelled)!);
            Named.Images(asked.Name, asked.Test);
            var data = asked.Open();
            OutputFolder.Prepare(parsed.GetValue(output)!);
            run.Start(parsed);
            return Run(terminal, data, asked.Validation, plan, parsed.GetValue(output)!, run.ThreadsOf(parsed), parsed.GetValue(run.Json));
        });
        return command;
    }

    private static int Run(Terminal terminal, LabelledSplits data, bool validation, MultiTaskPlan plan, string folder, int threads,
        FileInfo? json)
    {
        using var interruption = new Interruption(terminal);
        var input = PixelInput.Of(data.Train.Images, data.Train.Images);
        data = new Evaluating(terminal).Readable(data, input, threads, interruption.Token);
        if (validation) data = data.Validating();
        input = PixelStatistics.Measured(data.Train.Images, input);
        var file = Path.Combine(folder, ResultsFile.FileName);
        IReadOnlyList<EvaluationResult> known = File.Exists(file) ? ResultsFile.Read(file) : [];
        var rows = ProgressBar.Show(terminal, show =>
        {
            var all = new List<EvaluationResult>();
            foreach (var row in new MultiTaskStudy(data, input, plan).Run(known,
                progress => show(progress.Work, progress.Done, progress.Of), interruption.Token))
            {
                all.Add(row);
                if (known.Contains(row)) continue;
                ResultsFile.Merge(file, [row]);
                terminal.Line(string.Create(CultureInfo.InvariantCulture, $"{row.Encoder}, {row.Protocol}, seed {row.Draw}: {row.Metric} {row.Value:0.00}"));
            }
            return all;
        });
        Table(terminal, rows);
        terminal.Line($"results: {file}");
        JsonFile.Write(json, new MultiTaskFields(data.Train.Images.Name, rows));
        return ExitCode.Success;
    }

    private static void Table(Terminal terminal, IReadOnlyList<EvaluationResult> rows)
    {
        var table = new Table().Border(terminal.Live ? TableBorder.Rounded : TableBorder.Ascii2).AddColumn("weights");
        var accuracies = rows.Where(row => row.Metric == EvaluationResult.Top1)
            .ToLookup(row => (row.Encoder, row.Protocol), row => row.Value);
        string[] tasks = [.. rows.Select(row => row.Protocol).Distinct()];
        foreach (var task in tasks) table.AddColumn(new TableColumn(task).RightAligned());
        table.AddColumn(new TableColumn("mean relative gain").RightAligned());
        var single = MultiTaskStudy.NameOf(TaskWeighting.Single);
        foreach (var name in rows.Select(row => row.Encoder).Distinct())
        {
            var gain = 100 * tasks.Average(task => accuracies[(name, task)].Average() / accuracies[(single, task)].Average() - 1);
            table.AddRow([name, .. tasks.Select(task => $"{Statistics.Confidence([.. accuracies[(name, task)]]) with { OfShares = true }} %"),
                name == single ? "" : string.Create(CultureInfo.InvariantCulture, $"{gain:+0.0;-0.0;0.0} %")]);
        }
        terminal.Console.Write(table);
    }
}

/// <summary>The fields of multitask --json.</summary>
internal sealed record MultiTaskFields(string Data, IReadOnlyList<EvaluationResult> Results);
