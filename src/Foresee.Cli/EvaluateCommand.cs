using System.CommandLine;
using Foresee.Evaluation;
using Foresee.Evaluation.Protocols;
using Foresee.Images;
using Foresee.Labels;
using Foresee.Reports;
using Foresee.Torch;

namespace Foresee.Cli;

/// <summary>foresee evaluate: how accurate is a classifier with few labels on top of a pretrained encoder, or without one?</summary>
internal static class EvaluateCommand
{
    public static Command Create(Terminal terminal)
    {
        var options = new EvaluateOptions();
        var command = new Command("evaluate", "Measures how far few labels go on a pretrained encoder, or from pixels");
        options.AddTo(command);
        command.SetAction(parsed =>
        {
            var request = options.Read(parsed);
            request.Check();
            var device = options.Run.Start(parsed);
            request.CheckNamed();
            var settings = request.Tuned is { } file ? TunedBaseline.Read(file.FullName) : null;
            return Run(terminal, request, settings, device, parsed.GetValue(options.Run.Json));
        });
        return command;
    }

    private static int Run(Terminal terminal, EvaluateRequest request, TunedBaseline? settings, Device device, FileInfo? json)
    {
        terminal.Now("loading the encoder");
        var source = EncoderSource.Of(request.Encoder);
        using var encoder = source.Load(device, request.Reading);
        if (source.Run is not null) Resuming.Warn(terminal, source.Run);
        if (!encoder.Parameters().Any() && request.Protocols.FirstOrDefault(p => p is FineTuned or RandomInit) is { } training)
            throw new UsageException($"{training.Name} trains the encoder, and {request.Encoder} is frozen: it has no weights "
                + "that learn by gradient; leave it out of --protocol.");
        terminal.Now($"listing the images of {request.Data.Name}");
        var data = request.Data.Open();
        var leak = source.Leak(data);
        if (leak is not null && !request.AllowLeak)
            throw new UsageException($"{leak}, so the accuracy would say nothing about few labels. Take a start without labels, or add "
                + "--allow-leak: the results then say so.");
        OutputFolder.Prepare(request.Output);

        using var interruption = new Interruption(terminal);
        var evaluating = new Evaluating(terminal);
        data = evaluating.Readable(data, encoder.Input, request.Threads, interruption.Token);
        string[] trained = [.. request.Protocols.Where(p => p is ITrainsInPrecision).Select(p => p.Name)];
        if (trained.Length > 0) terminal.Line($"{string.Join(", ", trained)}: computed in {Precision.For(device)}");
        if (request.BorrowsSettings(encoder, data.Train.Images) is { } other)
            terminal.Warn($"the supervised baseline has the settings found on {other}; "
                + "on other images it may be weaker than it could be, add --tune for a fair one");
        if (request.Tune) settings = Tune(data.Train, encoder.Input, request, terminal, interruption.Token);
        var name = request.Reading.NameOf(source.Name);
        var plan = request.Plan(source, leak is null ? name : $"{name}, trained on these labels", encoder, device, settings);
        if (request.Data.Validation) data = data.Validating(request.Dials.Balance);
        var rows = evaluating.Run(data, plan, request.Output, interruption.Token);
        var comparison = LabelComparison.From(rows, KnownProtocols.Titles);
        evaluating.Table(comparison);
        foreach (var sentence in Headline.Sentences(comparison)) terminal.Line(sentence);
        var next = NextLine.Embed(request.Encoder, source.Run, request.Data.Name, request.Output);
        var report = evaluating.Report(source.Run, comparison, request.Output, $"{comparison.Data} from few labels", [next]);
        evaluating.Remarks();
        terminal.Line($"report: {report}");
        JsonFile.Write(json, EvaluationFields.Of(request.Encoder, data, rows, comparison, report));
        NextLine.Tell(terminal, next);
        return ExitCode.Success;
    }

    private static TunedBaseline Tune(LabelledImages train, InputFormat input, EvaluateRequest request, Terminal terminal,
        CancellationToken cancel)
    {
        var (evidence, settings) = (Path.Combine(request.Output, "pixel-trials.csv"), Path.Combine(request.Output, "pixel-settings.json"));
        var search = new BaselineTuningOptions(request.TuneMinutes) { Known = TunedBaseline.For(input.Channels) };
        terminal.Line(FormattableString.Invariant($"searching settings of the supervised baseline for {search.Minutes} min, ")
            + "after which trials that are running are finished; "
            + $"each trial is kept in {evidence}, so a search that is stopped goes on from there");
        terminal.Now("searching settings of the supervised baseline");
        var tuning = new BaselineTuning(train, input, search, evidence, request.Threads);
        var best = tuning.Run(request.Data.Labels, trial => terminal.Line(Trial(trial)), cancel);
        var tuned = TunedBaseline.From(train.Images.Name, best, train);
        tuned.Write(settings);
        return tuned;
    }

    private static string Trial(BaselineTrial trial) => FormattableString.Invariant(
        $"{trial.Labels}, draw {trial.Draw}: {trial.Accuracy:0.0} % of the validation images, width {trial.Options.Width}, ")
        + FormattableString.Invariant(
        $"learning rate {trial.Options.LearningRate}, weight decay {trial.Options.WeightDecay}, {trial.Options.Steps} steps");
}
