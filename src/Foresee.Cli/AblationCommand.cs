using System.CommandLine;
using Foresee.Evaluation;
using Foresee.Images;
using Foresee.Labels;
using Foresee.Recipes;
using Foresee.Reports;
using Foresee.Training;
using Spectre.Console;

namespace Foresee.Cli;

/// <summary>foresee ladder: what is each step from CPC v1 to v2 worth on these images?</summary>
internal static class AblationCommand
{
    public static Command Create(Terminal terminal)
    {
        var images = new Argument<string>("IMAGES") { Description = Describe.Images };
        var labelled = new Option<string>("--labelled") { Description = "what the rungs are measured on: " + Describe.Labelled, HelpName = "folder", Required = true };
        var test = new Option<string?>("--test") { Description = "test images, where those of --labelled have none of their own", HelpName = "folder" };
        var validation = EvaluateCommand.Validation();
        var recipe = new Option<string?>("--recipe") { Description = "whose sizes and training the rungs have (default: the data set's own, or folder)", HelpName = "name" };
        var minutes = Dial.Positive("--minutes", "pretrain each rung for so long");
        var passes = Dial.Whole("--images", "pretrain each rung on so many images, repeats counted", least: 1);
        var labels = EvaluateCommand.Labels();
        var draws = Dial.Whole("--draws", "draws of labels, for the 95 % intervals (default: 3)", least: 1, most: 1000);
        var pooling = EvaluateCommand.Pooling("the linear probes", "all of it");
        var seed = Dial.Whole("--seed", "of weights, order and augmentation (default: 0)", least: 0);
        var output = new Option<string>("--out") { Description = "the folder that receives a run per rung, ladder.csv, ladder.svg and report.html", HelpName = "folder", Required = true };
        var run = new RunOptions();
        var command = new Command("ladder", "Goes from CPC v1 to v2 step by step under one budget, and tells what each step is worth") { images, labelled, test, validation, recipe, minutes, passes, labels, pooling, draws, seed, output };
        run.AddTo(command);
        command.Validators.Add(result =>
        {
            if (result.GetResult(minutes) is null == result.GetResult(passes) is null) result.AddError("Each rung needs a length: give --minutes or --images, one of them.");
        });
        command.SetAction(parsed =>
        {
            if (parsed.GetValue(recipe) is { } name) Describe.CheckRecipe(name);
            var (folder, typed) = (parsed.GetValue(output)!, Describe.Typed(parsed));
            var device = run.Start(parsed);
            var source = ImageSources.Open(parsed.GetValue(images)!);
            var data = EvaluateCommand.Open(parsed, parsed.GetValue(labelled)!, test, validation);
            OutputFolder.Prepare(folder);
            using var interruption = new Interruption(terminal);
            var begun = Recipe.Find(parsed.GetValue(recipe) ?? Describe.RecipeFor(source)).Build(source);
            var budget = new Budget(Minutes: parsed.GetValue(minutes), Images: parsed.GetValue(passes));
            var rungs = Ablation.Of(begun with { Compute = Precision.For(device).Type, Training = begun.Training with { Seed = parsed.GetValue(seed) ?? 0 } }, source, budget);
            var (evaluating, measured) = (new Evaluating(terminal), new List<LadderRung>());
            foreach (var reason in begun.Reasons) terminal.Line($"the recipe {begun.Recipe} chose: {reason}");
            var readable = new Dictionary<InputFormat, LabelledSplits>();
            foreach (var (place, rung) in rungs.Select((rung, i) => (Path.Combine(folder, $"{i}-{rung.Name.ToLowerInvariant()}"), rung)))
            {
                terminal.Line($"{rung.Name}: {rung.Change}");
                var earlier = BegunRun.In(place)?.ExpectRecipe(rung.Options.Recipe).ExpectBudget(budget).ExpectSeed(parsed.GetValue(seed)).ExpectThreads(parsed.GetValue(run.Threads));
                earlier?.Check();
                var trained = new Pretraining(terminal, device, earlier?.Threads ?? parsed.GetValue(run.Threads) ?? RunOptions.DefaultThreads)
                    .Run(source, earlier is null ? rung.Options : null, place, typed, interruption.Token);
                if (!trained.Finished)
                {
                    terminal.Line($"stopped at {rung.Name}, and a checkpoint is in {place}; the same line goes on from there");
                    return ExitCode.Failed;
                }
                using var encoder = TrainedEncoder.Load(place, device);
                if (!readable.TryGetValue(encoder.Input, out var splits)) readable[encoder.Input] = splits = evaluating.Readable(data, encoder.Input, interruption.Token);
                if (parsed.GetValue(validation)) splits = splits.Validating();
                var plan = new EvaluationPlan(rung.Options.Recipe, [Protocol.Linear], parsed.GetValue(labels)!, encoder.Input, parsed.GetValue(draws) ?? 3) { Extract = encoder.Features, Encoder = encoder.Hash };
                if (parsed.GetValue(pooling) is { } pooled) plan = plan.Pooled(pooled);
                var rows = evaluating.Run(splits, plan, place, interruption.Token);
                measured.Add(new(rung.Name, rung.Change, trained.Step * rung.Options.Training.BatchSize, trained.Seconds, rows));
                AblationFile.Write(Path.Combine(folder, AblationFile.FileName), AblationComparison.From(measured));
            }
            var ladder = AblationComparison.From(measured);
            Table(terminal, ladder);
            evaluating.Remarks();
            AblationPlot.Write(Path.Combine(folder, AblationPlot.FileName), ladder);
            var (report, last) = (Path.Combine(folder, HtmlReport.FileName), Path.Combine(folder, $"{rungs.Count - 1}-{rungs[^1].Name.ToLowerInvariant()}"));
            HtmlReport.Write(report, new() { Title = $"From CPC v1 to v2 on {ladder.Data}", Ablation = ladder, Run = RunDescription.Read(Path.Combine(last, RunDescription.FileName)) });
            terminal.Line($"report: {report}");
            JsonFile.Write(parsed.GetValue(run.Json), LadderFields.Of(folder, ladder, report));
            return ExitCode.Success;
        });
        return command;
    }

    private static void Table(Terminal terminal, AblationComparison ladder)
    {
        var table = new Table().Border(terminal.Live ? TableBorder.Rounded : TableBorder.Ascii2).AddColumn("rung").AddColumn("what changes");
        foreach (var labels in ladder.Amounts) table.AddColumn(new TableColumn(labels).RightAligned()).AddColumn(new TableColumn("gain").RightAligned());
        table.AddColumn(new TableColumn("images seen").RightAligned());
        foreach (var step in ladder.Steps)
            table.AddRow([Markup.Escape(step.Name), Markup.Escape(step.Change),
                .. step.Points.SelectMany(point => new[] { $"{point.Top1} %", point.Gain is { } gain ? gain.Signed() : "" }), FormattableString.Invariant($"{step.Images:N0}")]);
        terminal.Console.Write(table);
    }
}

/// <summary>The fields of ladder --json: a rung per step and amount of labels; accuracies in per cent, gains in points over the rung before, paired over draws.</summary>
internal sealed record LadderFields(string Run, string Data, IReadOnlyList<LadderPointFields> Rungs, string Report, long PeakMemoryMib)
{
    public static LadderFields Of(string folder, AblationComparison ladder, string report) => new(folder, ladder.Data,
        [.. ladder.Steps.SelectMany(step => step.Points.Select(point => new LadderPointFields(step.Name, step.Change, point.Labels, point.Draws, point.Top1.Mean, point.Top1.Low, point.Top1.High,
            point.Gain?.Mean, point.Gain?.Low, point.Gain?.High, step.Images, step.Seconds)))], report, PeakMemory.Mebibytes());
}

/// <param name="Gain">Null for the first rung; its interval from one draw too.</param>
internal sealed record LadderPointFields(string AblationStep, string Change, string Labels, int Draws, double Mean, double? Low, double? High, double? Gain, double? GainLow, double? GainHigh, long Images, double Seconds);
