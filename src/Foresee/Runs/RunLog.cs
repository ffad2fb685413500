using Foresee.Methods;
using Foresee.Reports;
using Foresee.Training;

namespace Foresee.Runs;

/// <summary>The files that tell how a run went: metrics.jsonl and TensorBoard's events.</summary>
/// <param name="step">Steps that are done; what was logged after them is cut off, for it comes again.</param>
internal sealed class RunLog(string folder, long step) : IDisposable
{
    private readonly MetricsLog metrics = MetricsLog.Resume(Path.Combine(folder, MetricsLog.FileName), step);
    private readonly TensorBoardEvents events = TensorBoardEvents.Begin(folder, step, TimeProvider.System);

    /// <summary>Null when there was none.</summary>
    public StepRecord? Last { get; private set; }

    public void Append(StepRecord record)
    {
        var entry = Entry(Last = record);
        metrics.Append(entry);
        events.Append(entry);
    }

    /// <summary>To the disk.</summary>
    public void Sync() => metrics.Sync();

    private static MetricsEntry Entry(StepRecord step) => new(step.Step, step.Epoch, step.Loss, step.ImagesPerSecond)
    {
        Images = step.Images,
        Chance = step.ChanceLevel,
        Accuracy = step.Accuracy,
        AccuracyChance = step.AccuracyChanceLevel,
        Accuracies = Accuracies(step.Metrics),
        Metrics = Others(step.Metrics),
        LearningRate = step.LearningRate,
        GradientNorm = step.GradientNorm,
        Seconds = step.Seconds,
        Waiting = step.Waiting,
        EffectiveRank = step.Probe?.EffectiveRank,
        ProbeAccuracy = step.Probe?.Accuracy,
        ProbeChance = step.Probe?.ChanceLevel,
    };

    private static Dictionary<string, IReadOnlyDictionary<string, double>>? Accuracies(IReadOnlyList<MetricValue> metrics)
    {
        var series = metrics.Where(m => m is { Name: Metric.Accuracy, Series: not null }).GroupBy(m => m.Series!)
            .ToDictionary(g => g.Key, g => (IReadOnlyDictionary<string, double>)g.ToDictionary(m =>
            FormattableString.Invariant($"{m.Offset}"), m => m.Value));
        return series.Count > 0 ? series : null;
    }

    private static Dictionary<string, double>? Others(IReadOnlyList<MetricValue> metrics)
    {
        var others = metrics.Where(m => m.Name is not (Metric.Loss or Metric.Accuracy)).ToDictionary(m => m.Name, m => m.Value);
        return others.Count > 0 ? others : null;
    }

    public void Dispose()
    {
        metrics.Dispose();
        events.Dispose();
    }
}
