using System.Globalization;
using Foresee.Encoders;
using Foresee.Evaluation;
using Foresee.Images;
using Foresee.Reports;
using Foresee.Studies.Adaptation;
using Foresee.Torch;
using Spectre.Console;

namespace Foresee.Cli;

/// <summary>foresee adapt, from the images of two places to a table.</summary>
internal static class Adapting
{
    private const string FromPixels = "pixels"; // in place of an encoder's name

    /// <param name="start">Loads libtorch.</param>
    public static int Run(Terminal terminal, AdaptRequest request, Func<Device> start)
    {
        terminal.Now("listing the images");
        var domains = Domains.Open(request.Source, request.Target, request.Validation);
        var source = request.Encoder is null ? null : EncoderSource.Of(request.Encoder);
        var device = start();
        terminal.Now("loading the encoder");
        using var encoder = source?.Load(device, new EncoderReading { Size = request.Size });
        if (source?.Leak(domains.Source.Images.Name, domains.Source.Classes) is { } leak)
            terminal.Warn($"{leak}, so the features may know the target, too");
        using var interruption = new Interruption(terminal);
        var input = encoder?.Input ?? PixelInput.Of(domains.Source.Images, domains.Target);
        domains = Readable(terminal, domains, input, request.Plan.Threads, interruption.Token);
        terminal.Line(domains.Remark);
        var rows = Measure(terminal, request, domains, input, encoder, Name(source, request), interruption.Token);
        if (rows.Count > 0) Table(terminal, rows);
        JsonFile.Write(request.Json, new AdaptFields(request.Source, request.Target, domains.Remark, rows));
        return ExitCode.Success;
    }

    private static string Name(EncoderSource? source, AdaptRequest request) => source is null ? FromPixels
        : request.Size is { } size ? FormattableString.Invariant($"{source.Name} at {size} px") : source.Name;

    private static Domains Readable(Terminal terminal, Domains domains, InputFormat input, int threads, CancellationToken cancel)
    {
        var labelled = new Evaluating(terminal).Readable(new(domains.Source, domains.Measured), input, threads, cancel);
        var target = ProgressBar.Show(terminal, show => new ReadableImages(domains.Target, input,
            done => show($"reading {domains.Target.Name}", done, domains.Target.Count), threads, cancel));
        ImageRemarks.Skipped(terminal, target.Skipped);
        ImageRemarks.PassedOver(terminal, target);
        return domains with { Source = labelled.Train, Target = target, Measured = labelled.Test };
    }

    private static List<EvaluationResult> Measure(Terminal terminal, AdaptRequest request, Domains domains, InputFormat input,
        TrainedEncoder? encoder, string name, CancellationToken cancel)
    {
        var file = Path.Combine(request.Output, ResultsFile.FileName);
        IReadOnlyList<EvaluationResult> known = File.Exists(file) ? ResultsFile.Read(file) : [];
        return ProgressBar.Show(terminal, show =>
        {
            using var study = new AdaptationStudy(domains, input, encoder, name, request.Plan,
                progress => show(progress.Work, progress.Done, progress.Of), cancel);
            var rows = study.Known(known).ToList();
            if (rows.Count > 0) terminal.Line($"{rows.Count} results are in {file} from an earlier start and are kept");
            foreach (var outcome in study.Run(known))
            {
                var (method, told) = (AdaptationPlan.NameOf(outcome.Method), "done");
                if (outcome.Draw == request.Plan.Seed) Predictions(request, domains, study, outcome);
                if (outcome.Row is { } row)
                {
                    ResultsFile.Merge(file, [row]);
                    rows.Add(row);
                    told = string.Create(CultureInfo.InvariantCulture, $"{row.Value:0.0} % ({row.Seconds:0.0} s)");
                }
                terminal.Line($"{method}, seed {outcome.Draw}: {told}");
                if (outcome.Remark is not null) terminal.Warn($"{method}, seed {outcome.Draw}: {outcome.Remark}");
            }
            terminal.Line($"classes of the target's images, seed {request.Plan.Seed}: {Path.Combine(request.Output, "classes-*.csv")}");
            return rows;
        });
    }

    private static void Predictions(AdaptRequest request, Domains domains, AdaptationStudy study, AdaptationOutcome outcome) =>
        AdaptedClassesFile.Write(Path.Combine(request.Output, $"classes-{AdaptationPlan.NameOf(outcome.Method)}.csv"),
            study.TargetPlaces.Select((place, i) => new AdaptedClass(domains.Target.Describe(place),
                domains.Source.Classes[outcome.Classes[i]], outcome.Probabilities[i])));

    private static void Table(Terminal terminal, List<EvaluationResult> rows)
    {
        var table = new Table().Border(terminal.Live ? TableBorder.Rounded : TableBorder.Ascii2).AddColumn("learnt by");
        table.AddColumn(new TableColumn("accuracy on the target").RightAligned()).AddColumn(new TableColumn("over the source alone").RightAligned());
        var alone = rows.Where(row => row.Protocol == AdaptationPlan.NameOf(AdaptationMethod.SourceOnly))
            .ToDictionary(row => row.Draw, row => row.Value);
        foreach (var method in rows.GroupBy(row => row.Protocol))
        {
            double[] values = [.. method.Select(row => row.Value)];
            var gain = Statistics.PairedDifference(values, [.. method.Select(row => alone[row.Draw])]);
            table.AddRow(method.Key, $"{Statistics.Confidence(values) with { OfShares = true }} %",
                method.Key == AdaptationPlan.NameOf(AdaptationMethod.SourceOnly) ? "" : gain.Signed());
        }
        terminal.Console.Write(table);
    }
}

/// <summary>The fields of adapt --json.</summary>
/// <param name="Results">Of this line, those of an earlier start included; empty where the target has no labels.</param>
internal sealed record AdaptFields(string Source, string Target, string Measured, IReadOnlyList<EvaluationResult> Results);
