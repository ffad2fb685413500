using System.CommandLine;
using System.Globalization;
using Foresee.Encoders;
using Foresee.Evaluation;
using Foresee.Reports;
using Foresee.Runs;

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
            Named.Run(parsed.GetValue(run)!);
            var found = Read(parsed.GetValue(run)!, terminal);
            foreach (var (name, text) in Lines(found)) terminal.Line($"{name,-10} {text}");
            JsonFile.Write(parsed.GetValue(json), found);
            return ExitCode.Success;
        });
        return command;
    }

    private static InspectFields Read(string folder, Terminal terminal)
    {
        var description = RunDescription.Read(Path.Combine(folder, RunDescription.FileName));
        var files = Results(folder, terminal);
        return new(folder, description, LastEntry(folder, terminal), File.Exists(Path.Combine(folder, EncoderFile.FileName)),
            files.Sum(file => file.Rows.Count))
        {
            Progress = RunProgress.Of(folder),
            Resume = Resuming.Told(folder) is null ? null : Resuming.Line(folder),
            Unreadable = UnreadableFile.Read(folder).Count,
            Measured = [.. files.SelectMany(file => file.Rows.GroupBy(row => (row.Data, row.Protocol, row.Labels, row.Settings))
                .Select(rows => MeasuredFields.Of(file.Name, rows.Key.Data, rows.Key.Protocol, rows.Key.Labels, [.. rows])))],
        };
    }

    private static MetricsEntry? LastEntry(string folder, Terminal terminal)
    {
        var metrics = Path.Combine(folder, MetricsLog.FileName);
        try
        {
            return File.Exists(metrics) && MetricsLog.Read(metrics) is [.., var last] ? last : null;
        }
        catch (InvalidDataException error)
        {
            terminal.Warn(error.Message);
            return null;
        }
    }

    /// <summary>Tables of results in the run's folder and in those directly below, where pretrain's next line puts them.</summary>
    private static List<(string Name, IReadOnlyList<EvaluationResult> Rows)> Results(string folder, Terminal terminal)
    {
        var found = new List<(string, IReadOnlyList<EvaluationResult>)>();
        foreach (var place in Directory.GetDirectories(folder).Order(StringComparer.Ordinal).Prepend(folder))
        {
            var file = Path.Combine(place, ResultsFile.FileName);
            if (!File.Exists(file)) continue;
            try
            {
                found.Add((file, ResultsFile.Read(file)));
            }
            catch (InvalidDataException error)
            {
                terminal.Warn(error.Message);
            }
        }
        return found;
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
        if (found.Progress is { IsFinished: true }) yield return ("state", "finished");
        if (Resuming.Told(found.Run) is { } told) yield return ("state", told);
        yield return ("progress", Progress(found));
        if (found.Unreadable > 0)
            yield return ("unreadable", $"{found.Unreadable} {(found.Unreadable == 1 ? "image" : "images")}, named in {Path.Combine(found.Run, UnreadableFile.FileName)}");
        yield return ("encoder", found.Encoder ? Path.Combine(found.Run, EncoderFile.FileName) : "none yet");
        foreach (var measured in found.Measured) yield return ("results", measured.ToString());
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

/// <summary>The fields of inspect --json: run.json, the last line of metrics.jsonl, whether there is an encoder, rows of results.</summary>
internal sealed record InspectFields(string Run, RunDescription Description, MetricsEntry? Last, bool Encoder, int Results)
{
    /// <summary>Steps done and planned; null where that can't be known.</summary>
    public RunProgress? Progress { get; init; }

    /// <summary>The line that goes on with the run; null where it has ended or that can't be known.</summary>
    public string? Resume { get; init; }

    /// <summary>Images that could not be read so far.</summary>
    public int Unreadable { get; init; }

    public IReadOnlyList<MeasuredFields> Measured { get; init; } = [];
}

/// <summary>A protocol with one amount of labels; mean and 95 % interval over draws, in per cent.</summary>
internal sealed record MeasuredFields(
    string File, string Data, string Protocol, string Labels, int Draws, double Mean, double? Low, double? High)
{
    public static MeasuredFields Of(string file, string data, string protocol, string labels, IReadOnlyList<EvaluationResult> rows)
    {
        var interval = Statistics.Confidence([.. rows.Select(row => row.Value)]) with { OfShares = true };
        return new(file, data, protocol, labels, rows.Count, interval.Mean, interval.Low, interval.High);
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Protocol}, {Labels}: {Mean:0.0} %")
        + (Low is { } low && High is { } high ? string.Create(CultureInfo.InvariantCulture, $" ({low:0.0} to {high:0.0})") : "")
        + $" over {Draws} {(Draws == 1 ? "draw" : "draws")} on {Data}, in {File}";
}
