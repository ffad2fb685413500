using System.CommandLine;
using System.Globalization;
using Foresee.Encoders;
using Foresee.Reports;

namespace Foresee.Cli;

/// <summary>foresee inspect: what a run is, how far it came and what it has measured.</summary>
internal static class InspectCommand
{
    public static Command Create(Terminal terminal)
    {
        var run = new Argument<string>("RUN") { Description = "the folder that pretrain wrote" };
        var json = new Option<FileInfo?>("--json") { Description = "also write it to this file, as JSON", HelpName = "file" };
        var command = new Command("inspect", "Says what a run is, how far it came and what it measured") { run, json };
        command.SetAction(parsed =>
        {
            OutputFolder.PrepareFor(parsed.GetValue(json));
            var found = Read(parsed.GetValue(run)!);
            foreach (var (name, text) in Lines(found)) terminal.Line($"{name,-10} {text}");
            JsonFile.Write(parsed.GetValue(json), found);
            return ExitCode.Success;
        });
        return command;
    }

    private static InspectFields Read(string folder)
    {
        var description = RunDescription.Read(Path.Combine(folder, RunDescription.FileName));
        var (metrics, results) = (Path.Combine(folder, MetricsLog.FileName), Path.Combine(folder, ResultsFile.FileName));
        return new(folder, description, File.Exists(metrics) && MetricsLog.Read(metrics) is [.., var last] ? last : null,
            File.Exists(Path.Combine(folder, EncoderFile.FileName)), File.Exists(results) ? ResultsFile.Read(results).Count : 0);
    }

    private static IEnumerable<(string Name, string Text)> Lines(InspectFields found)
    {
        var run = found.Description;
        yield return ("recipe", run.Recipe);
        yield return ("data", $"{run.Data.Images:N0} images of {run.Data.Name} ({run.Data.Hash})");
        yield return ("command", run.Command);
        yield return ("started", run.Started.ToString("yyyy-MM-dd HH:mm zzz", CultureInfo.InvariantCulture));
        yield return ("program",
            $"Foresee {run.Versions.Foresee} at {run.Commit ?? "no commit"}, .NET {run.Versions.DotNet}, libtorch "
            + $"{run.Versions.Libtorch}, {run.Versions.Blas}");
        yield return ("machine", run.Machine.ToString());
        yield return ("precision", run.Precision ?? "unknown");
        yield return ("seeds", string.Join(", ", run.Seeds.Select(seed => $"{seed.Key} {seed.Value}")));
        foreach (var remark in run.Remarks ?? []) yield return ("remark", remark);
        yield return ("progress", Progress(found));
        yield return ("encoder", found.Encoder ? Path.Combine(found.Run, EncoderFile.FileName) : "none yet");
        if (found.Results > 0) yield return ("results", $"{found.Results} rows in {Path.Combine(found.Run, ResultsFile.FileName)}");
    }

    private static string Progress(InspectFields found)
    {
        if (found.Last is not { } last)
            return File.Exists(Path.Combine(found.Run, MetricsLog.FileName))
                ? "no step logged yet" : $"unknown, {MetricsLog.FileName} is not here";
        static string Chance(double? level, Func<double, string> text) => level is { } value ? $" (chance {text(value)})" : "";
        var accuracy = last.Accuracy is { } share
            ? $", accuracy {ProgressView.Percent(share)}{Chance(last.AccuracyChance, ProgressView.Percent)}" : "";
        return string.Create(CultureInfo.InvariantCulture, $"step {last.Step}, epoch {last.Epoch:0.00}, "
            + $"loss {last.Loss:0.000}{Chance(last.Chance, level => level.ToString("0.000", CultureInfo.InvariantCulture))}{accuracy}, "
            + $"{last.ImagesPerSecond:0} images/s, {ProgressView.Duration(last.Seconds ?? 0)} of training");
    }
}

/// <summary>
/// The fields of inspect --json: run.json, the last line of metrics.jsonl, whether there is an encoder, rows of results.csv.
/// </summary>
internal sealed record InspectFields(string Run, RunDescription Description, MetricsEntry? Last, bool Encoder, int Results);
