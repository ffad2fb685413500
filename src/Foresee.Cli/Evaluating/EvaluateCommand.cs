using System.CommandLine;
using Foresee.Evaluation;
using Foresee.Reports;
using Foresee.Torch;
using Foresee.Torch.Distributed;

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
            var (settings, json) = (request.Baseline.Read(), parsed.GetValue(options.Run.Json));
            var timeout = parsed.GetValue(options.RankTimeout);
            if (Ranks.Place is { } place)
                return Ranks.Together(terminal, place, device, timeout, (shown, group, _, threads) => RunRank(shown, group,
                    request with { Threads = parsed.GetValue(options.Run.Threads) ?? threads }, settings, device, json));
            Ranks.TellAlone(terminal, null, timeout);
            return Run(terminal, request, settings, device, json);
        });
        return command;
    }

    /// <summary>As one of several processes, which share features and fits; the first writes.</summary>
    private static int RunRank(Terminal terminal, ProcessGroup group, EvaluateRequest request, TunedBaseline? settings, Device device,
        FileInfo? json)
    {
        request.Baseline.ExpectNone();
        Ranks.ExpectSame(group, "the encoder or the labelled images", () =>
        {
            using var encoder = EncoderSource.Of(request.Encoder).Load(device, request.Reading);
            var data = request.Data.Open();
            return [encoder.Hash ?? "", data.Train.Images.Name, $"{data.Train.Images.Count}", $"{data.Test?.Images.Count}"];
        });
        Engine.Threads = request.Threads;
        return Run(terminal, request, settings, device, json, group);
    }

    private static int Run(Terminal terminal, EvaluateRequest request, TunedBaseline? settings, Device device, FileInfo? json,
        ProcessGroup? group = null)
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
        var writes = group is null or { Rank: 0 };
        if (writes) OutputFolder.Prepare(request.Output);

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
        plan = plan with { Group = group };
        if (request.Data.Validation) data = data.Validating(request.Dials.Balance);
        var rows = evaluating.Run(data, plan, request.Output, interruption.Token);
        if (!writes) return ExitCode.Success;
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
