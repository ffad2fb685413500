using System.Globalization;
using Foresee.Encoders;
using Foresee.Methods;
using Foresee.Training;
using Spectre.Console;

namespace Foresee.Cli;

/// <summary>Pretraining while it goes on: a bar that is redrawn on a terminal, now and then a plain line elsewhere.</summary>
internal sealed class ProgressView(Terminal terminal)
{
    private static readonly TimeSpan PlainInterval = TimeSpan.FromSeconds(10);

    /// <summary>Runs the work and shows the records that it reports.</summary>
    public T Show<T>(Func<Action<StepRecord>, T> work) => terminal.Live ? ShowLive(work) : ShowPlain(work);

    private T ShowPlain<T>(Func<Action<StepRecord>, T> work)
    {
        StepRecord? last = null, shown = null;
        ProbeResult? look = null;
        var next = DateTime.MinValue;
        try
        {
            return work(record =>
            {
                last = record;
                if (record.Probe is not null && record.Probe != look) terminal.Line(Look(record.Step, look = record.Probe));
                if (DateTime.UtcNow < next) return;
                next = DateTime.UtcNow + PlainInterval;
                terminal.Line(Plain(shown = record));
            });
        }
        finally
        {
            if (last is not null && last != shown) terminal.Line(Plain(last));
        }
    }

    private T ShowLive<T>(Func<Action<StepRecord>, T> work) => terminal.Console.Live(new Text("starting"))
        .Start(context =>
        {
            (long Step, ProbeResult? Record) look = default;
            return work(record =>
            {
                if (record.Probe is not null) look = (record.Step, record.Probe);
                context.UpdateTarget(new Rows([new Text(Bar(record)), new Text(Measured(record)), .. look.Record is null ? Array.Empty<Text>() : [new Text(Look(look.Step, look.Record))]]));
            });
        });

    // Two lines of at most 80 columns: the smallest terminal shows them whole.
    private static string Bar(StepRecord record)
    {
        const int width = 30;
        var full = (int)(width * Share(record));
        return string.Create(CultureInfo.InvariantCulture,
            $"{new string('━', full)}{new string('─', width - full)} {100 * Share(record),3:0} %  {record.ImagesPerSecond:0} images/s  {Left(record)}");
    }

    private static string Measured(StepRecord record) => string.Create(CultureInfo.InvariantCulture,
        $"{Loss(record, "0.00")}{Waiting(record)}");

    /// <summary>The loss, the accuracy of the pretext task and what else the method measures, each beside its chance level where that is known.</summary>
    private static string Loss(StepRecord record, string format)
    {
        var parts = new List<string> { $"loss {Number(record.Loss, format)}{Chance(record.ChanceLevel, level => Number(level, format))}" };
        if (record.Accuracy is { } accuracy) parts.Add($"accuracy {Percent(accuracy)}{Chance(record.AccuracyChanceLevel, Percent)}");
        parts.AddRange(record.Metrics.Where(metric => metric.Series is null && metric.Name is not (Metric.Loss or Metric.Accuracy))
            .Select(metric => $"{metric.Name} {Number(metric.Value, "0.000")}{Chance(metric.ChanceLevel, level => Number(level, "0.000"))}"));
        return string.Join("  ", parts);
    }

    private static string Chance(double? level, Func<double, string> text) => level is { } value ? $" (chance {text(value)})" : "";

    private static string Number(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);

    private static string Look(long step, ProbeResult look) => string.Create(CultureInfo.InvariantCulture,
        $"at step {step}: effective rank {look.EffectiveRank:0.0}{(look.Accuracy is { } accuracy ? $", probe images {Percent(accuracy)} (chance {Percent(look.ChanceLevel ?? 0)})" : "")}");

    internal static string Plain(StepRecord record) => string.Create(CultureInfo.InvariantCulture,
        $"step {record.Step}{(record.Steps > 0 ? $"/{record.Steps}" : "")}  epoch {record.Epoch:0.00}  {Loss(record, "0.000")}  {record.ImagesPerSecond:0} images/s  waiting for data {Percent(record.Waiting)}  {Left(record)}");

    /// <summary>Only where it matters: waiting for data means that reading images is the bottleneck.</summary>
    private static string Waiting(StepRecord record) => record.Waiting >= 0.05 ? string.Create(CultureInfo.InvariantCulture, $"  waiting {100 * record.Waiting:0} %") : "";

    private static double Share(StepRecord record) => record.Steps > 0 ? (double)record.Step / record.Steps : 0;

    private static string Left(StepRecord record) => record.Steps > 0
        ? $"{Duration(record.Seconds / record.Step * (record.Steps - record.Step))} left"
        : "measuring the speed";

    public static string Percent(double share) => string.Create(CultureInfo.InvariantCulture, $"{100 * share:0.##} %");

    public static string Duration(double seconds)
    {
        var time = TimeSpan.FromSeconds(Math.Max(0, Math.Round(seconds)));
        return time.TotalHours >= 1 ? $"{(int)time.TotalHours} h {time.Minutes:00} min" : time.TotalMinutes >= 1 ? $"{time.Minutes} min {time.Seconds:00} s" : $"{time.Seconds} s";
    }
}
