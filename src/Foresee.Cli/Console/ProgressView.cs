using System.Globalization;
using Foresee.Encoders;
using Foresee.Methods;
using Foresee.Training;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Foresee.Cli;

/// <summary>Pretraining while it goes on: a bar that is redrawn on a terminal, now and then a plain line elsewhere.</summary>
internal sealed class ProgressView(Terminal terminal)
{
    /// <summary>Runs the work, which reports what is being done and the steps that it logs.</summary>
    public T Show<T>(Func<Action<StepRecord>, Action<string>, T> work) => terminal.Live ? ShowLive(work) : ShowPlain(work);

    /// <summary>A line at the first logged step and at the last; between them the terminal says the newest every 10 seconds.</summary>
    private T ShowPlain<T>(Func<Action<StepRecord>, Action<string>, T> work)
    {
        StepRecord? last = null, shown = null;
        ProbeResult? look = null;
        string Newest() => Plain(shown = last!);
        try
        {
            return work(record =>
            {
                last = record;
                if (record.Probe is not null && record.Probe != look) terminal.Line(Look(record.Step, look = record.Probe));
                if (shown is null) terminal.Line(Newest());
                else terminal.Show(Newest);
            }, doing =>
            {
                if (last == shown) terminal.Now(doing); // else what was measured says more
            });
        }
        finally
        {
            if (last is not null && last != shown) terminal.Line(Newest());
        }
    }

    /// <summary>
    /// The bar and below it what was measured: lines of at most 80 columns, so that the smallest terminal shows them whole.
    /// </summary>
    private T ShowLive<T>(Func<Action<StepRecord>, Action<string>, T> work)
    {
        IRenderable below = Text.Empty;
        var speed = new TextColumn();
        var progress = terminal.Console.Progress().AutoRefresh(false)
            .Columns(new ProgressBarColumn { Width = 30 }, new PercentageColumn(), speed)
            .UseRenderHook((bar, _) => new Rows(bar, below));
        return progress.Start(context =>
        {
            var task = context.AddTask("pretraining");
            context.Refresh();
            (long Step, ProbeResult? Record) look = default;
            var logged = false;
            return work(record =>
            {
                logged = true;
                if (record.Probe is not null) look = (record.Step, record.Probe);
                (task.MaxValue, task.Value) = (Math.Max(1, record.Steps), record.Steps > 0 ? record.Step : 0);
                speed.Text = string.Create(CultureInfo.InvariantCulture, $"{record.ImagesPerSecond:0} images/s  {Left(record)}");
                below = look.Record is null ? new Text(Measured(record))
                    : new Rows(new Text(Measured(record)), new Text(Look(look.Step, look.Record)));
                context.Refresh();
            }, doing =>
            {
                if (logged) return;
                speed.Text = doing;
                context.Refresh();
            });
        });
    }

    private sealed class TextColumn : ProgressColumn
    {
        public string Text { get; set; } = "starting";

        public override IRenderable Render(RenderOptions options, ProgressTask task, TimeSpan deltaTime) => new Text(Text);
    }

    private static string Measured(StepRecord record) => string.Create(CultureInfo.InvariantCulture,
        $"{Loss(record, "0.00")}{Waiting(record)}");

    /// <summary>
    /// The loss, the accuracy of the pretext task and what else the method measures, each beside its chance level where that is known.
    /// </summary>
    private static string Loss(StepRecord record, string format)
    {
        var parts = new List<string> { $"loss {Number(record.Loss, format)}{Chance(record.ChanceLevel, level => Number(level, format))}" };
        if (record.Accuracy is { } accuracy) parts.Add($"accuracy {Percent(accuracy)}{Chance(record.AccuracyChanceLevel, Percent)}");
        parts.AddRange(record.Metrics.Where(metric => metric.Series is null && metric.Name is not (Metric.Loss or Metric.Accuracy))
            .Select(metric =>
                $"{metric.Name} {Number(metric.Value, "0.000")}{Chance(metric.ChanceLevel, level => Number(level, "0.000"))}"));
        return string.Join("  ", parts);
    }

    private static string Chance(double? level, Func<double, string> text) => level is { } value ? $" (chance {text(value)})" : "";

    private static string Number(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);

    private static string Look(long step, ProbeResult look) => string.Create(CultureInfo.InvariantCulture,
        $"at step {step}: effective rank {look.EffectiveRank:0.0}")
        + (look.Accuracy is { } accuracy ? $", probe images {Percent(accuracy)} (chance {Percent(look.ChanceLevel ?? 0)})" : "");

    internal static string Plain(StepRecord record) => string.Create(CultureInfo.InvariantCulture,
        $"step {record.Step}{(record.Steps > 0 ? $"/{record.Steps}" : "")}  epoch {record.Epoch:0.00}  {Loss(record, "0.000")}  "
            + $"{record.ImagesPerSecond:0} images/s  waiting for data {Percent(record.Waiting)}  {Left(record)}");

    /// <summary>Only where it matters: waiting for data means that reading images is the bottleneck.</summary>
    private static string Waiting(StepRecord record) =>
        record.Waiting >= 0.05 ? string.Create(CultureInfo.InvariantCulture, $"  waiting {100 * record.Waiting:0} %") : "";

    private static string Left(StepRecord record) => record.Steps > 0
        ? $"{Duration(record.Seconds / record.Step * (record.Steps - record.Step))} left"
        : "measuring the speed";

    public static string Percent(double share) => string.Create(CultureInfo.InvariantCulture, $"{100 * share:0.##} %");

    public static string Duration(double seconds)
    {
        var time = TimeSpan.FromSeconds(Math.Max(0, Math.Round(seconds)));
        return time switch
        {
            { TotalHours: >= 1 } => $"{(int)time.TotalHours} h {time.Minutes:00} min",
            { TotalMinutes: >= 1 } => $"{time.Minutes} min {time.Seconds:00} s",
            _ => $"{time.Seconds} s",
        };
    }
}
