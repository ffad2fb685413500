using System.CommandLine;
using Foresee.Evaluation;
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
            var settings = request.Baseline.Read();
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
        if (!encoder.Parameters().Any() && request.OnNetwork.FirstOrDefault(p => p.NeedsWeights) is { } training)
            throw new UsageException($"{training.Name} trains the encoder or draws its weights anew, and {request.Encoder} is frozen: "
                + "it has no weights that learn by gradient; leave it out of --protocol.");
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
        if (request.Protocols.Any(p => p is ITunable)) request.Baseline.Warn(terminal, encoder.Input.Channels, data.Train.Images);
        if (request.Baseline.Tune)
            settings = request.Baseline.Run(data.Train, encoder.Input, request.Data.Labels, request.Output, request.Threads, terminal,
                interruption.Token);
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
}
