using System.Globalization;
using Foresee.Encoders;
using Foresee.Evaluation;
using Foresee.Images;
using Foresee.Labels;
using Foresee.Reports;
using Foresee.Studies.Transferability;
using Foresee.Torch;
using Spectre.Console;

namespace Foresee.Cli;

/// <summary>foresee rank, from encoders to a table.</summary>
internal static class Ranking
{
    public static int Run(Terminal terminal, RankRequest request, LabelledSplits data, Device device)
    {
        EncoderSource[] sources = [.. request.Encoders.Select(EncoderSource.Of)];
        using var interruption = new Interruption(terminal);
        var cancel = interruption.Token;
        var (file, rows, readable) = (Path.Combine(request.Output, ResultsFile.FileName), new List<EvaluationResult>(),
            new Dictionary<InputFormat, LabelledSplits>());
        foreach (var (source, stage) in sources.SelectMany(source => Stages(request, source, device).Select(stage => (source, stage))))
        {
            terminal.Now("loading an encoder");
            using var encoder = source.Load(device, new EncoderReading { Size = request.Size, Stage = stage });
            if (source.Leak(data) is { } leak && stage is null) terminal.Warn($"{leak}, so it is ahead by more than its features");
            if (!readable.TryGetValue(encoder.Input, out var images))
                readable[encoder.Input] = images = Splits(terminal, request, data, encoder.Input, cancel);
            var name = Name(request, source, stage);
            var found = ProgressBar.Show(terminal, show => new TransferStudy(images, request.Amount, request.Seed, request.Threads)
                .Measure(encoder, name, File.Exists(file) ? ResultsFile.Read(file) : [],
                    progress => show(progress.Work, progress.Done, progress.Of), cancel));
            ResultsFile.Merge(file, found);
            rows.AddRange(found);
            terminal.Line(string.Create(CultureInfo.InvariantCulture, $"{name}: {string.Join(", ", found.Select(row => $"{row.Metric} {row.Value:0.000}"))}"));
        }
        var scored = ScoreAgreement.Read(rows);
        Table(terminal, scored);
        var agreement = scored.Count > 1 ? ScoreAgreement.Of(scored) : [];
        foreach (var one in agreement)
            terminal.Line(string.Create(CultureInfo.InvariantCulture, $"{one.Score} and the measured accuracy order {one.Encoders} encoders alike by "
                + $"Kendall's tau {Number(one.Kendall)}, Spearman's rho {Number(one.Spearman)} (1 the same order, 0 none)"));
        terminal.Line($"results: {file}");
        JsonFile.Write(request.Json, new RankFields(request.Data.Name, scored, agreement));
        return ExitCode.Success;
    }

    private static string Number(double? value) => value is { } known ? known.ToString("0.00", CultureInfo.InvariantCulture) : "unknown";

    private static LabelledSplits Splits(Terminal terminal, RankRequest request, LabelledSplits data, InputFormat input,
        CancellationToken cancel)
    {
        var images = new Evaluating(terminal).Readable(data, input, request.Threads, cancel);
        return request.Data.Validation ? images.Validating() : images;
    }

    /// <summary>Null for all of it, and before it those that end earlier.</summary>
    private static IEnumerable<int?> Stages(RankRequest request, EncoderSource source, Device device)
    {
        if (!request.Stages) return [null];
        using var encoder = source.Load(device);
        return [.. Enumerable.Range(1, Math.Max(0, encoder.Network.StageWidths.Count - 1)).Select(stage => (int?)stage), null];
    }

    private static string Name(RankRequest request, EncoderSource source, int? stage)
    {
        var named = request.Encoders.Length > 1 && request.Encoders.Select(EncoderSource.Of).Count(other => other.Name == source.Name) > 1
            ? source.Path : source.Name;
        return $"{named}{(request.Size is { } size ? $" at {size} px" : "")}{(stage is null ? "" : $", stage {stage}")}";
    }

    private static void Table(Terminal terminal, IReadOnlyList<ScoredEncoder> encoders)
    {
        var table = new Table().Border(terminal.Live ? TableBorder.Rounded : TableBorder.Ascii2).AddColumn("encoder");
        foreach (var heading in new[] { "LogME", "H-score", "linear probe" }) table.AddColumn(new TableColumn(heading).RightAligned());
        foreach (var one in encoders.OrderByDescending(one => one.Transfer))
            table.AddRow(Markup.Escape(one.Name), one.LogMe.ToString("0.0000", CultureInfo.InvariantCulture),
                one.HScore.ToString("0.000", CultureInfo.InvariantCulture), string.Create(CultureInfo.InvariantCulture, $"{one.Transfer:0.0} %"));
        terminal.Console.Write(table);
    }
}

/// <summary>The fields of rank --json.</summary>
internal sealed record RankFields(string Data, IReadOnlyList<ScoredEncoder> Encoders, IReadOnlyList<ScoreAgreement> Agreement);
