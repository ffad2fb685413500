using System.Globalization;
using Foresee.Evaluation;
using Foresee.Inference.Suggesting;
using Foresee.Reports;
using Foresee.Studies;
using Foresee.Torch;
using Spectre.Console;

namespace Foresee.Cli;

/// <summary>foresee suggest --trial: are suggested labels worth more than labels by chance, on images like mine?</summary>
internal static class SuggestTrial
{
    private const string FileName = "suggest-trial.csv";

    public static int Run(Terminal terminal, SuggestTrialRequest asked, Device device)
    {
        var request = asked.Suggest;
        var file = request.Output ?? new FileInfo(FileName);
        OutputFolder.PrepareFor(file, request.Json);
        terminal.Now("loading the encoder");
        var source = EncoderSource.Of(request.Encoder);
        using var encoder = source.Load(device);
        using var interruption = new Interruption(terminal);
        var data = new Evaluating(terminal).Readable(asked.Data.Open(), encoder.Input, request.Threads, interruption.Token);
        if (source.Leak(data) is { } leak) terminal.Warn($"{leak}, so the accuracies say nothing about few labels; the differences may");
        if (asked.Validation) data = data.Validating();
        var plan = Plan(asked, data.Train.Images.Count);
        terminal.Line(string.Create(CultureInfo.InvariantCulture, $"{asked.Draws} draws of {Math.Min(asked.Pool, data.Train.Images.Count):N0} of "
            + $"{data.Train.Images.Count:N0} images; a linear probe on what each rule chooses, measured on {data.Test!.Images.Count:N0} "
            + $"{(asked.Validation ? "validation" : "test")} images"));
        var rows = new List<EvaluationResult>();
        using var trial = ProgressBar.Show(terminal, show => new SuggestionTrial(encoder, source.Name, data, plan,
            progress => show(progress.Work, progress.Done, progress.Of), interruption.Token));
        terminal.Now("choosing images");
        foreach (var row in trial.Run())
        {
            rows.Add(row);
            ResultsFile.Merge(file.FullName, [row]);
            terminal.Line(string.Create(CultureInfo.InvariantCulture,
                $"draw {row.Draw}, {row.Protocol}, {row.Labels} labels: {row.Value:0.0} % ({row.Seconds:0.0} s)"));
        }
        var outcomes = SuggestionOutcome.Of(rows);
        Table(terminal, outcomes);
        foreach (var outcome in outcomes.Where(outcome => outcome.Gain is not null)) terminal.Line(outcome.InWords());
        terminal.Line($"results: {file}");
        JsonFile.Write(request.Json, new SuggestTrialFields(request.Encoder, rows[0].Data, file.ToString(), outcomes, rows));
        return ExitCode.Success;
    }

    /// <summary>Random is always among the rules, as the one to compare with.</summary>
    private static SuggestionTrialPlan Plan(SuggestTrialRequest asked, int images)
    {
        var request = asked.Suggest;
        IReadOnlyList<SuggestionRule?> rules = request.Rules.Count > 0 ? request.Rules : [null];
        var plan = new SuggestionTrialPlan(request.Counts, [SuggestionRule.Random, .. rules.Where(rule => rule != SuggestionRule.Random)])
        {
            Draws = asked.Draws,
            Seed = request.Seed,
            Pool = asked.Pool,
            Round = asked.Round,
            Pooling = request.Pooling,
            Threads = request.Threads,
        };
        try
        {
            plan.Validate(images);
        }
        catch (ArgumentException error)
        {
            throw new UsageException(error.Message, error);
        }
        return plan;
    }

    private static void Table(Terminal terminal, IReadOnlyList<SuggestionOutcome> outcomes)
    {
        var table = new Table().Border(terminal.Live ? TableBorder.Rounded : TableBorder.Ascii2).AddColumns("labels in all", "chosen by");
        table.AddColumn(new TableColumn("accuracy").RightAligned()).AddColumn(new TableColumn("over chance, paired").RightAligned());
        foreach (var outcome in outcomes)
            table.AddRow(outcome.Labels, outcome.Rule, $"{outcome.Top1} %", outcome.Gain?.Signed() ?? "");
        terminal.Console.Write(table);
    }
}

/// <summary>The fields of suggest --trial --json.</summary>
internal sealed record SuggestTrialFields(string Run, string Data, string File, IReadOnlyList<SuggestionOutcome> Outcomes,
    IReadOnlyList<EvaluationResult> Results);
