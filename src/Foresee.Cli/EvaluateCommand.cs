using System.CommandLine;
using Foresee.Evaluation;
using Foresee.Labels;
using Foresee.Recipes;
using Foresee.Reports;

namespace Foresee.Cli;

/// <summary>foresee evaluate: how accurate is a classifier with few labels on top of a pretrained encoder, or without one?</summary>
internal static class EvaluateCommand
{
    private static readonly string[] ProtocolNames = [.. Enum.GetNames<Protocol>().Select(name => name.ToLowerInvariant())];

    private static readonly Dictionary<string, GridPooling> Poolings = new() { ["1x1"] = GridPooling.One, ["2x2"] = GridPooling.Two, ["3x3"] = GridPooling.Three, ["whole"] = GridPooling.Whole };

    public static Command Create(Terminal terminal)
    {
        var run = new Argument<string>("RUN") { Description = "the folder that pretrain wrote" };
        var labelled = new Argument<string>("LABELLED") { Description = Describe.Labelled };
        var test = new Option<string?>("--test") { Description = "test images, where LABELLED has none of its own", HelpName = "folder" };
        var validation = Validation();
        var protocol = new Option<Protocol[]>("--protocol") { Description = "what to measure; several with commas between them", HelpName = string.Join('|', ProtocolNames), CustomParser = ParseProtocols, DefaultValueFactory = _ => [Protocol.Linear] };
        var labels = Labels();
        var draws = Dial.Whole("--draws", "draws of labels, for the 95 % interval (default: 3)", least: 1, most: 1000);
        var output = new Option<string>("--out") { Description = "the folder that receives results.csv and report.html", HelpName = "folder", Required = true };
        var pooling = Pooling("linear, spreading, neighbours, finetuned and scratch", "all of it, neighbours 3x3");
        var stride = Dial.Whole("--stride", "pixels between patches when features are computed; fewer give a finer grid, for more time (default: as in pretraining)", least: 1, most: 1000);
        var whole = new Option<bool>("--whole-images") { Description = "let the encoder see each image at once, past the edges of its patches" };
        var epochs = Dial.Positive("--epochs", "passes over the labelled images in streamed, frozen, finetuned and scratch (default: a set number of steps, more with many labels)");
        var headEpochs = Dial.Positive("--head-epochs", "passes of finetuned in which only its head learns, before the encoder does (default: none, the head begins as the linear probe)");
        var balance = new Option<bool>("--balance") { Description = "let each class count the same in linear, frozen, finetuned and scratch, however many labels it has, and hold equally many of each out for --validation" };
        var minutes = Dial.Positive("--tune-minutes", "the most that --tune takes (default: 60)");
        var tuned = new Option<FileInfo?>("--tuned") { Description = "settings of the network from pixels that an earlier --tune found, its pixel-settings.json", HelpName = "file" };
        var tune = new Option<bool>("--tune") { Description = "search the settings of the network from pixels first, on validation images" };
        var options = new RunOptions();
        var command = new Command("evaluate", "Measures how far few labels go on a pretrained encoder, or from pixels") { run, labelled, test, validation, protocol, labels, pooling, stride, whole, epochs, headEpochs, balance, draws, output, tune, minutes, tuned };
        options.AddTo(command);
        command.SetAction(parsed =>
        {
            var (runFolder, folder) = (parsed.GetValue(run)!, parsed.GetValue(output)!);
            var protocols = parsed.GetValue(protocol)!;
            if ((parsed.GetValue(tune) || parsed.GetValue(tuned) is not null) && !protocols.Contains(Protocol.Pixels)) throw new UsageException("--tune and --tuned are about the network from pixels; add pixels to --protocol.");
            if (parsed.GetValue(tune) && parsed.GetValue(tuned) is not null) throw new UsageException("--tune searches settings and --tuned brings them; give one of the two.");
            if (parsed.GetValue(whole) && parsed.GetValue(stride) is not null) throw new UsageException("--stride lays the patches that --whole-images does without; give one of the two.");
            if (parsed.GetValue(whole) && protocols.Contains(Protocol.Streamed)) throw new UsageException("streamed augments the patches that --whole-images does without; leave one of the two out.");
            if (parsed.GetValue(headEpochs) is not null && !protocols.Contains(Protocol.FineTuned)) throw new UsageException("--head-epochs is about fine-tuning; add finetuned to --protocol.");
            if (parsed.GetValue(balance) && protocols.FirstOrDefault(p => !EvaluationPlan.CanBalance(p), Protocol.Linear) is var other and not Protocol.Linear)
                throw new UsageException($"--balance is about linear, frozen, finetuned and scratch, and {other.ToString().ToLowerInvariant()} learns without it; measure that in a line of its own.");
            var settings = parsed.GetValue(tuned) is { } file ? TunedBaseline.Read(file.FullName) : null;
            var device = options.Start(parsed);
            var data = Open(parsed, parsed.GetValue(labelled)!, test, validation);
            TrainedEncoder Encoder() => parsed.GetValue(whole) ? TrainedEncoder.LoadForWholeImages(runFolder, device) : TrainedEncoder.Load(runFolder, device, parsed.GetValue(stride));
            using var encoder = Encoder();
            var description = RunDescription.Read(Path.Combine(runFolder, RunDescription.FileName));
            OutputFolder.Prepare(folder);

            using var interruption = new Interruption(terminal);
            var evaluating = new Evaluating(terminal);
            data = evaluating.Readable(data, encoder.Input, interruption.Token);
            var plan = new EvaluationPlan(description.Recipe, protocols, parsed.GetValue(labels)!, encoder.Input, parsed.GetValue(draws) ?? 3) { Extract = encoder.Features, Encoder = encoder.Hash, Copy = Encoder, Compute = Precision.For(device).Type };
            if (protocols.Any(EvaluationPlan.TrainsOnImages)) terminal.Line($"frozen, finetuned and scratch compute in {Precision.For(device)}");
            plan = plan with { Frozen = FineTuningOptions.FrozenOn(encoder.Description.Options.Features) with { Augmentation = plan.Frozen.Augmentation } };
            if (protocols.Contains(Protocol.Streamed))
                plan = plan with { Streamed = SgdLinearProbeOptions.On(encoder.Description.Options.Features, description.ReadOptions<PretrainOptions>().Method.Augmentation) };
            if (parsed.GetValue(pooling) is { } pooled) plan = plan.Pooled(pooled);
            if (parsed.GetValue(epochs) is { } passes) plan = plan with { Frozen = plan.Frozen with { Epochs = passes }, FineTuned = plan.FineTuned with { Epochs = passes }, Scratch = plan.Scratch with { Epochs = passes }, Streamed = plan.Streamed with { Epochs = passes } };
            if (parsed.GetValue(headEpochs) is { } frozen) plan = plan with { FineTuned = plan.FineTuned with { HeadEpochs = frozen } };
            if (parsed.GetValue(balance)) plan = plan.Balanced();
            if (settings is not null) plan = plan with { Pixels = settings };
            else if (protocols.Contains(Protocol.Pixels) && !parsed.GetValue(tune) && Path.GetFileName(Path.TrimEndingDirectorySeparator(data.Train.Images.Name)) != plan.Pixels.Data)
                terminal.Warn($"the network from pixels has the settings found on {plan.Pixels.Data}; on other images it may be a weaker rival than it could be, add --tune for a fair one");
            if (parsed.GetValue(tune)) plan = plan with { Pixels = Tune(data.Train, plan, parsed.GetValue(minutes) ?? 60, folder, terminal, interruption.Token) };
            if (parsed.GetValue(validation)) data = data.Validating(parsed.GetValue(balance));
            var rows = evaluating.Run(data, plan, folder, interruption.Token);
            var comparison = LabelComparison.From(rows, Evaluating.Names);
            evaluating.Table(comparison);
            foreach (var sentence in Headline.Sentences(comparison)) terminal.Line(sentence);
            var report = evaluating.Report(runFolder, comparison, folder, $"{comparison.Data} from few labels", []);
            evaluating.Remarks();
            terminal.Line($"report: {report}");
            JsonFile.Write(parsed.GetValue(options.Json), EvaluationFields.Of(runFolder, data, rows, comparison, report));
            return ExitCode.Success;
        });
        return command;
    }

    /// <summary>The option --labels, for every command that measures.</summary>
    internal static Option<LabelAmount[]> Labels() => new("--labels") { Description = "how many labels: 10/class, 1%, all; several with commas between them", HelpName = "amounts", Required = true, CustomParser = ParseAmounts };

    /// <summary>The option --pooling, for every command that takes features of images.</summary>
    internal static Option<GridPooling?> Pooling(string who, string usual) => new("--pooling") { Description = $"what {who} take of the grid: its mean, means of 2x2 or 3x3 parts, or all of it (default: {usual})", HelpName = string.Join('|', Poolings.Keys), CustomParser = ParsePooling };

    /// <summary>The option --validation, for every command that measures.</summary>
    internal static Option<bool> Validation() => new("--validation") { Description = "measure on images held out of the training images, the last sixth of each class, instead of test images: to choose settings by" };

    /// <summary>Labelled images with a test part, their own or the one named; without one for --validation, so that nothing reads it.</summary>
    internal static LabelledSplits Open(ParseResult parsed, string name, Option<string?> test, Option<bool> validation)
    {
        var other = parsed.GetValue(test);
        if (parsed.GetValue(validation))
            return other is null ? new(LabelledSources.OpenTraining(name), null) : throw new UsageException("--validation measures on training images and --test names others; give one of the two.");
        var splits = LabelledSources.Open(name, other);
        return splits.Test is not null ? splits : throw new UsageException($"{name} has no test part (test/ or val/ beside train/, t10k-... among IDX files); name test images with --test, or measure on training images held out with --validation.");
    }

    private static TunedBaseline Tune(LabelledImages train, EvaluationPlan plan, double minutes, string folder, Terminal terminal, CancellationToken cancel)
    {
        var (evidence, settings) = (Path.Combine(folder, "pixel-trials.csv"), Path.Combine(folder, "pixel-settings.json"));
        var search = new BaselineTuningOptions(minutes) { Known = plan.Pixels };
        terminal.Line($"searching settings of the network from pixels, at most {search.Minutes} minutes; each trial is kept in {evidence}, so a search that is stopped goes on from there");
        var best = new BaselineTuning(train, plan.Input, search, evidence).Run(plan.Amounts, trial => terminal.Line(FormattableString.Invariant(
            $"{trial.Labels}, draw {trial.Draw}: {trial.Accuracy:0.0} % of the validation images, width {trial.Options.Width}, learning rate {trial.Options.LearningRate}, weight decay {trial.Options.WeightDecay}, {trial.Options.Steps} steps")), cancel);
        var tuned = TunedBaseline.From(train.Images.Name, best, train);
        tuned.Write(settings);
        return tuned;
    }

    private static Protocol[]? ParseProtocols(System.CommandLine.Parsing.ArgumentResult result)
    {
        var names = result.Tokens[0].Value.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        var unknown = names.FirstOrDefault(name => !ProtocolNames.Contains(name));
        if (names.Length > 0 && unknown is null) return [.. names.Select(name => Enum.Parse<Protocol>(name, ignoreCase: true)).Distinct()];
        result.AddError($"--protocol must be {string.Join(", ", ProtocolNames[..^1])} or {ProtocolNames[^1]}, or several with commas between them; got '{unknown ?? ""}'{Dial.Suggest(unknown ?? "", ProtocolNames)}");
        return null;
    }

    private static GridPooling? ParsePooling(System.CommandLine.Parsing.ArgumentResult result)
    {
        if (Poolings.TryGetValue(result.Tokens[0].Value, out var pooling)) return pooling;
        result.AddError($"--pooling must be {string.Join(", ", Poolings.Keys.SkipLast(1))} or {Poolings.Keys.Last()}; got '{result.Tokens[0].Value}'{Dial.Suggest(result.Tokens[0].Value, [.. Poolings.Keys])}");
        return null;
    }

    private static LabelAmount[]? ParseAmounts(System.CommandLine.Parsing.ArgumentResult result)
    {
        try
        {
            var amounts = LabelAmount.ParseList(result.Tokens[0].Value);
            if (amounts.Select(amount => amount.Unit).Distinct().Count() == 1) return [.. amounts.Distinct()];
            result.AddError($"--labels must be all per class or all shares, for one curve; got '{result.Tokens[0].Value}'.");
        }
        catch (FormatException error)
        {
            result.AddError($"--labels: {error.Message}");
        }
        return null;
    }
}
