using Foresee.Encoders;

namespace Foresee.Training;

/// <summary>What one logged step measured.</summary>
/// <param name="Steps">Planned; 0 while that is not known.</param>
/// <param name="Images">Image passes so far.</param>
/// <param name="Loss">Mean over the method's losses of one kind where it names several (contrastive tasks, in nats), else the
/// total.</param>
/// <param name="ChanceLevel">What <paramref name="Loss"/> is for a network that has learnt nothing; null where that is not known.</param>
/// <param name="Accuracy">Top-1 in 0..1 of the pretext task, mean over its series; null where it has none.</param>
/// <param name="Metrics">All that the method measured.</param>
/// <param name="GradientNorm">Before clipping.</param>
/// <param name="Seconds">Of training since the very first step, over all resumed parts.</param>
/// <param name="Waiting">Share of the time since the last record that was spent waiting for images.</param>
public sealed record StepRecord(
    long Step, long Steps, double Epoch, long Images, double Loss, double? ChanceLevel, double? Accuracy, double? AccuracyChanceLevel,
    IReadOnlyList<MetricValue> Metrics, double LearningRate, double GradientNorm, double ImagesPerSecond, double Seconds, double Waiting)
{
    /// <summary>Of the online probe; null at steps without one.</summary>
    public ProbeResult? Probe { get; init; }
}
