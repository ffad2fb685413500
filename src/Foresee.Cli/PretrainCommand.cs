using System.CommandLine;
using Foresee.Evaluation;
using Foresee.Images;
using Foresee.Labels;
using Foresee.Recipes;
using Foresee.Reports;
using Foresee.Training;

namespace Foresee.Cli;

/// <summary>foresee pretrain: learns an encoder from images without labels.</summary>
internal static class PretrainCommand
{
    public static Command Create(Terminal terminal)
    {
        var images = new Argument<string>("IMAGES") { Description = Describe.Images };
        var recipe = new Option<string?>("--recipe") { Description = $"how to train: {string.Join(", ", Recipe.All.Select(r => r.Name))} (default: the data set's own, or folder)", HelpName = "name" };
        var output = new Option<string>("--out") { Description = "the folder that receives the run", HelpName = "folder", Required = true };
        var epochs = Dial.Positive("--epochs", "train for so many passes over the images (default: the recipe's)");
        var minutes = Dial.Positive("--minutes", "train for so long");
        var passes = Dial.Whole("--images", "train on so many images, repeats counted", least: 1);
        var seed = Dial.Whole("--seed", "of weights, order and augmentation (default: 0)", least: 0);
        var checkpoints = Dial.Positive("--checkpoint-seconds", "the most that a killed run loses (default: 60)");
        var resume = new Option<bool>("--resume") { Description = "go on with the run in the folder, with the options it began with" };
        var probe = new Option<string?>("--probe") { Description = "a few labelled images, to see now and then whether the encoder becomes useful; the loss never sees them", HelpName = "labelled" };
        var run = new RunOptions();
        var command = new Command("pretrain", "Learns from images without labels and saves an encoder") { images, recipe, output, epochs, minutes, passes, seed, checkpoints, probe, resume };
        run.AddTo(command);
        command.Validators.Add(result =>
        {
            var given = new Option[] { epochs, minutes, passes }.Where(option => result.GetResult(option) is not null).Select(option => option.Name).ToList();
            if (given.Count > 1) result.AddError($"{string.Join(" and ", given)} exclude each other; give one length.");
        });
        command.SetAction(parsed =>
        {
            var name = parsed.GetValue(recipe);
            if (name is not null) Describe.CheckRecipe(name);
            var folder = parsed.GetValue(output)!;
            var budget = (parsed.GetValue(epochs), parsed.GetValue(minutes), parsed.GetValue(passes)) switch
            {
                (null, null, null) => null,
                var (e, m, i) => new Budget(e, i, m),
            };
            var begun = BegunRun.In(folder);
            if (begun is null && parsed.GetValue(resume)) throw new UsageException($"{folder} holds no run to go on with; leave out --resume to start one.");
            if (begun is not null && !parsed.GetValue(resume)) throw new UsageException($"{folder} already holds a run; go on with it by --resume, or choose another --out.");
            begun?.ExpectRecipe(name).ExpectSeed(parsed.GetValue(seed)).ExpectBudget(budget)
                .ExpectCheckpoints(parsed.GetValue(checkpoints)).ExpectThreads(parsed.GetValue(run.Threads)).Check();

            var device = run.Start(parsed);
            var source = ImageSources.Open(parsed.GetValue(images)!);
            OutputFolder.Prepare(folder);
            PretrainOptions? options = null;
            if (begun is null)
            {
                options = Recipe.Find(name ?? Describe.RecipeFor(source)).Build(source) with { Compute = Precision.For(device).Type };
                options = options with
                {
                    BudgetReason = budget is null ? options.BudgetReason : null,
                    Training = options.Training with
                    {
                        Budget = budget ?? options.Training.Budget,
                        Seed = parsed.GetValue(seed) ?? 0,
                        CheckpointSeconds = parsed.GetValue(checkpoints) ?? options.Training.CheckpointSeconds,
                    },
                };
            }

            using var interruption = new Interruption(terminal);
            var typed = Describe.Typed(parsed);
            var pretraining = new Pretraining(terminal, device, begun?.Threads ?? parsed.GetValue(run.Threads) ?? RunOptions.DefaultThreads);
            var result = pretraining.Run(source, options, folder, typed, interruption.Token, parsed.GetValue(probe) is { } labelled ? new OnlineProbe(source, LabelledSources.OpenTraining(labelled)) : null);
            var next = new NextCommand($"./foresee evaluate {folder} LABELLED --protocol linear --labels 10/class,25/class --draws 3 --out {folder}/evaluation", "See how far few labels go");
            var report = result.Finished ? RunReport.Write(folder, null, folder, $"Pretraining on {source.Name}", [], [next]) : null;
            JsonFile.Write(parsed.GetValue(run.Json), PretrainFields.Of(folder, source, result, report));
            if (result.Finished)
            {
                terminal.Line($"finished: {Path.Combine(folder, Encoders.EncoderFile.FileName)}");
                terminal.Line($"report: {report}");
                terminal.Line($"next: {next.Command}");
                return ExitCode.Success;
            }
            terminal.Line($"stopped, and a checkpoint is in {folder}; this goes on: {(parsed.GetValue(resume) ? typed : typed + " --resume")}");
            return ExitCode.Failed;
        });
        return command;
    }
}

/// <summary>The fields of pretrain --json; losses in nats, accuracies 0 to 1, seconds over all starts of the run; null where no step was logged; no report before the end.</summary>
internal sealed record PretrainFields(
    string Run, string Data, long Images, int Skipped, int SixteenBit, bool Finished, long Step, double Seconds, double? Epoch, double? Loss, double? Chance,
    double? Accuracy, double? AccuracyChance, double? ImagesPerSecond, string? Report)
{
    public static PretrainFields Of(string folder, IImageSource images, PretrainResult result, string? report) => new(
        folder, images.Name, images.Count, result.Skipped.Count, result.SixteenBit, result.Finished, result.Step, result.Seconds, result.Last?.Epoch, result.Last?.Loss,
        result.Last?.Chance, result.Last?.Accuracy, result.Last?.AccuracyChance, result.Last?.ImagesPerSecond, report);
}
