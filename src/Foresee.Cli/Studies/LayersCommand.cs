using System.CommandLine;
using System.Globalization;
using Foresee.Encoders;
using Foresee.Evaluation;
using Foresee.Labels;
using Foresee.Reports;
using Foresee.Studies.Adaptation;
using Foresee.Studies.LayerTransfer;
using Spectre.Console;

namespace Foresee.Cli;

/// <summary>foresee layers: how general is each layer of a network that learnt half of the classes?</summary>
internal static class LayersCommand
{
    public static Command Create(Terminal terminal)
    {
        var labelled = new Argument<string>("LABELLED") { Description = Describe.Labelled };
        var output = new Option<string>("--out")
        {
            Description = $"the folder that receives results.csv and {LayerTransferChart.FileName}",
            HelpName = "folder",
            Required = true,
        };
        var first = new Option<string[]?>("--first")
        {
            Description = "classes of A, with commas between them; the others are B (default: a random half by the seed)",
            HelpName = "class,class",
            CustomParser = result => result.Tokens[0].Value.Split(',', StringSplitOptions.TrimEntries
                | StringSplitOptions.RemoveEmptyEntries),
        };
        var steps = Dial.Whole("--steps", "of each of 26 networks, of 64 images (default: 600)", least: 10);
        var draws = Dial.Whole("--draws", "seeds, for the 95 % interval (default: 1)", least: 1, most: 100);
        var seed = Dial.Whole("--seed", "the first of them (default: 0)", least: 0);
        var part = new PartOptions();
        var run = new RunOptions();
        var command = new Command("layers", "Measures how general each layer of a small network is: AnB, BnB, AnB+ and BnB+ of Yosinski et al.")
        {
            labelled, output, first, steps, draws, seed, part.Test, part.Validation,
        };
        run.AddTo(command);
        command.SetAction(parsed =>
        {
            var usual = new LayerTransferPlan();
            var plan = usual with
            {
                First = parsed.GetValue(first) ?? [],
                Steps = parsed.GetValue(steps) ?? usual.Steps,
                Draws = parsed.GetValue(draws) ?? usual.Draws,
                Seed = parsed.GetValue(seed) ?? usual.Seed,
            };
            var asked = part.Read(parsed, parsed.GetValue(labelled)!);
            Named.Images(asked.Name, asked.Test);
            var data = asked.Open();
            _ = plan.InFirst(data.Train.Classes, plan.Seed);
            OutputFolder.Prepare(parsed.GetValue(output)!);
            run.Start(parsed);
            return Run(terminal, data, asked.Validation, plan, parsed.GetValue(output)!, run.ThreadsOf(parsed), parsed.GetValue(run.Json));
        });
        return command;
    }

    private static int Run(Terminal terminal, LabelledSplits data, bool validation, LayerTransferPlan plan, string folder, int threads,
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
            using var study = new LayerTransferStudy(data, input, plan, progress => show(progress.Work, progress.Done, progress.Of),
                interruption.Token);
            var all = new List<EvaluationResult>();
            foreach (var row in study.Run(known))
            {
                all.Add(row);
                if (known.Contains(row)) continue;
                ResultsFile.Merge(file, [row]);
                terminal.Line(string.Create(CultureInfo.InvariantCulture, $"{row.Protocol}, seed {row.Draw}: {row.Value:0.0} % ({row.Seconds:0.0} s)"));
            }
            return all;
        });
        LayerTransferChart.Write(Path.Combine(folder, LayerTransferChart.FileName), rows);
        Table(terminal, LayerTransferChart.Of(rows));
        terminal.Line($"results: {file}");
        terminal.Line($"figure: {Path.Combine(folder, LayerTransferChart.FileName)}");
        JsonFile.Write(json, new LayersFields(data.Train.Images.Name, plan.SplitName, rows));
        return ExitCode.Success;
    }

    private static void Table(Terminal terminal, Chart chart)
    {
        var table = new Table().Border(terminal.Live ? TableBorder.Rounded : TableBorder.Ascii2).AddColumn("layers taken");
        foreach (var point in chart.Series[0].Points) table.AddColumn(new TableColumn($"{point.X:0}").RightAligned());
        foreach (var series in chart.Series)
            table.AddRow([series.Name, .. series.Points.Select(point => point.Y.ToString("0.0", CultureInfo.InvariantCulture))]);
        terminal.Console.Write(table);
        terminal.Line(string.Create(CultureInfo.InvariantCulture, $"base B: {chart.Level:0.0} %"));
    }
}

/// <summary>The fields of layers --json.</summary>
internal sealed record LayersFields(string Data, string Split, IReadOnlyList<EvaluationResult> Results);
