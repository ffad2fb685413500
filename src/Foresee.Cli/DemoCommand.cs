using System.CommandLine;
using Foresee.Evaluation;
using Foresee.Images;
using Foresee.Labels;
using Foresee.Recipes;
using Foresee.Reports;

namespace Foresee.Cli;

/// <summary>foresee demo: the whole idea on real photographs, from nothing to a report.</summary>
internal static class DemoCommand
{
    public const string Data = "fashion-mnist";
    private static readonly LabelAmount[] Amounts = [.. new[] { 10, 25, 60, 200 }.Select(count => new LabelAmount(count, LabelUnit.PerClass))];

    public static Command Create(Terminal terminal)
    {
        var draws = Dial.Whole("--draws", "draws of labels, for the 95 % interval (default: 3)", least: 1, most: 1000);
        var output = new Option<string>("--out") { Description = "the folder that receives everything", HelpName = "folder", DefaultValueFactory = _ => "runs/demo" };
        var options = new RunOptions();
        var command = new Command("demo", "Pretrains on 60,000 photographs without labels, then compares with a network from pixels at 10 to 200 labels per class") { draws, output };
        options.AddTo(command);
        command.SetAction(parsed =>
        {
            var folder = parsed.GetValue(output)!;
            var begun = BegunRun.In(folder);
            if (begun is not null && begun.Recipe != Data) throw new UsageException($"The run in {folder} has recipe {begun.Recipe}, the demo's is {Data}; choose another --out.");
            begun?.ExpectThreads(parsed.GetValue(options.Threads)).Check();
            var device = options.Start(parsed);
            var images = ImageSources.Open(Data);
            var splits = LabelledSources.Open(Data);
            OutputFolder.Prepare(folder);

            using var interruption = new Interruption(terminal);
            var recipe = begun is not null ? null : Recipe.Find(Data).Build(images) with { Compute = Precision.For(device).Type };
            var trained = new Pretraining(terminal, device, begun?.Threads ?? parsed.GetValue(options.Threads) ?? RunOptions.DefaultThreads)
                .Run(images, recipe, folder, Describe.Typed(parsed), interruption.Token);
            if (!trained.Finished)
            {
                terminal.Line($"stopped, and a checkpoint is in {folder}; this goes on: {Describe.Typed(parsed)}");
                return ExitCode.Failed;
            }
            terminal.Line($"pretrained in {ProgressView.Duration(trained.Seconds)}; now labels: {string.Join(", ", Amounts)}, drawn {parsed.GetValue(draws) ?? 3} times");

            using var encoder = TrainedEncoder.Load(folder, device);
            var plan = new EvaluationPlan(Data, [Protocol.Spreading, Protocol.Linear, Protocol.Pixels], Amounts, encoder.Input, parsed.GetValue(draws) ?? 3) { Extract = encoder.Features, Encoder = encoder.Hash };
            var evaluating = new Evaluating(terminal);
            splits = evaluating.Readable(splits, encoder.Input, interruption.Token);
            var rows = evaluating.Run(splits, plan, folder, interruption.Token);
            var comparison = LabelComparison.From(rows, "spreading", "pixels", Evaluating.Names);
            terminal.Line();
            evaluating.Table(comparison);
            foreach (var sentence in Headline.Sentences(comparison)) terminal.Line(sentence);

            NextCommand[] next =
            [
                new("./foresee pretrain YOUR-IMAGES --recipe folder --out runs/mine --minutes 30", "Pretrain on your own photographs, no labels needed"),
                new("./foresee evaluate runs/mine YOUR-LABELLED-IMAGES --protocol linear,pixels --labels 10/class,25/class --out runs/mine/evaluation", "See how far few labels go on them"),
            ];
            var report = evaluating.Report(folder, comparison, folder, "Fashion-MNIST from few labels", next);
            JsonFile.Write(parsed.GetValue(options.Json), EvaluationFields.Of(folder, splits, rows, comparison, report));
            terminal.Line(FormattableString.Invariant($"peak memory {PeakMemory.Mebibytes()} MiB"));
            terminal.Line($"report: {Path.GetFullPath(report)}");
            terminal.Line($"next: {next[0].Command}");
            return ExitCode.Success;
        });
        return command;
    }
}
