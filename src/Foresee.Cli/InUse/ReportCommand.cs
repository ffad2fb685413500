using System.CommandLine;
using System.Globalization;
using Foresee.Labels;
using Foresee.Reports;

namespace Foresee.Cli;

/// <summary>foresee report: how good is a fitted model on labelled images that it has not seen? It needs no libtorch.</summary>
internal static class ReportCommand
{
    public static Command Create(Terminal terminal)
    {
        var model = new Argument<string>("MODEL") { Description = Describe.Model };
        var labelled = new Argument<string>("LABELLED")
        {
            Description = $"labelled images that the model has not seen; the test part alone where they have one: {Describe.Labelled}",
        };
        var foreign = new Option<string?>("--foreign")
        {
            Description = "images of another kind, without labels: how many of them are recognised as out of place",
            HelpName = "folder",
        };
        var output = new Option<string>("--out") { Description = "the folder that receives report.html", HelpName = "folder", Required = true };
        var threads = Dial.Whole("--threads", "threads to compute with (default: all)", least: 1, most: 4096);
        var json = new Option<FileInfo?>("--json") { Description = "also write the result to this file, as JSON", HelpName = "file" };
        var command = new Command("report", "Measures a fitted model on labelled images that it has not seen, and writes a page about it")
        {
            model, labelled, foreign, output, threads, json,
        };
        command.SetAction(parsed =>
        {
            var (name, data) = (parsed.GetValue(model)!, parsed.GetValue(labelled)!);
            var (folder, file) = (parsed.GetValue(output)!, parsed.GetValue(json));
            OutputFolder.PrepareFor(file);
            using var interruption = new Interruption(terminal);
            var asked = new MeasuringRequest(name, data, parsed.GetValue(foreign), parsed.GetValue(threads) ?? RunOptions.DefaultThreads);
            return Run(terminal, asked, Describe.Typed(parsed), folder, file, interruption.Token);
        });
        return command;
    }

    private static int Run(Terminal terminal, MeasuringRequest asked, string typed, string folder, FileInfo? json, CancellationToken cancel)
    {
        terminal.Now("loading the model");
        using var model = FittedModel.Load(asked.Model, new() { Threads = asked.Threads });
        Named.Images(asked.Labelled, asked.Foreign);
        var images = LabelledSources.OpenTesting(asked.Labelled, [.. model.Description.Classes]);
        if (images.Images.Hash(cancel) == model.Description.DataHash)
            throw new UsageException($"{asked.Labelled} holds the images that the model learnt from; accuracy on them says nothing. "
                + "Name labelled images that it has not seen.");
        OutputFolder.Prepare(folder);
        var measured = new Measuring(terminal, model, asked.Threads).Run(images, asked.Foreign, cancel);
        terminal.Now("drawing the report");
        var report = ModelReport.Of(model.Description, measured.Predictions, cancel);
        var path = Path.Combine(folder, HtmlReport.FileName);
        HtmlReport.Write(path, new()
        {
            Title = $"{Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(asked.Model)))} on {images.Images.Name}",
            Model = report,
            Facts =
            [
                new("Command of this report", typed),
                new("Data hash of the images measured", images.Images.Hash(cancel)),
                new("Images left out", measured.Skipped.Count.ToString(CultureInfo.InvariantCulture)),
                new("Images that the model probably learnt from", measured.Known.ToString(CultureInfo.InvariantCulture)),
            ],
        });
        Tell(terminal, report, measured, images);
        terminal.Line($"report: {path}");
        JsonFile.Write(json, ReportFields.Of(asked, report, measured, path));
        return ExitCode.Success;
    }

    private static void Tell(Terminal terminal, ModelReport report, MeasuredModel measured, LabelledImages images)
    {
        ImageRemarks.Skipped(terminal, measured.Skipped);
        ImageRemarks.PassedOver(terminal, images.Images);
        if (measured.Known > 0)
            terminal.Warn($"{measured.Known} of the images are the same as images that the model learnt from, or nearly: the accuracy is too high.");
        var (accuracy, probabilities) = (report.Accuracy, report.Probabilities);
        terminal.Line(FormattableString.Invariant($"{100 * accuracy.Share:0.0} % right (95 % interval {100 * accuracy.Low:0.0} to ")
            + FormattableString.Invariant($"{100 * accuracy.High:0.0}, {accuracy.Whole:N0} images, {report.Model.Classes.Count} classes)"));
        terminal.Line(FormattableString.Invariant($"calibration error {100 * report.Reliability.ExpectedError:0.0} % ")
            + FormattableString.Invariant($"(95 % interval {100 * report.ErrorRange.Low:0.0} to {100 * report.ErrorRange.High:0.0}), ")
            + FormattableString.Invariant($"Brier {probabilities.Brier:0.000}, likelihood {probabilities.NegativeLogLikelihood:0.000} nats"));
        foreach (var sets in report.Conformal)
            terminal.Line(FormattableString.Invariant($"sets of {100 * sets.Wanted:0} %: {100 * sets.Coverage:0.0} % hold the true class, ")
                + FormattableString.Invariant($"{sets.Size:0.00} classes on average"));
        if (report.OutOfPlace is { } place)
            terminal.Line(FormattableString.Invariant($"called out of place: {100 * place.Flagged.Share:0.0} % of these images")
                + (place.ForeignFlagged is { } foreign ? FormattableString.Invariant($", {100 * foreign.Share:0.0} % of {place.Foreign}") : ""));
        if (report.SuspectLabels is { Count: > 0 } suspects) terminal.Line($"{suspects.Count} labels may be wrong; the report shows the first");
    }
}

/// <summary>What report measures on what.</summary>
internal sealed record MeasuringRequest(string Model, string Labelled, string? Foreign, int Threads);
