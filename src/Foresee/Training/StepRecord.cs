namespace Foresee.Training;

/// <summary>What one logged step measured.</summary>
/// <param name="Loss">Mean over the contrastive tasks, in nats.</param>
/// <param name="Chance">What <paramref name="Loss"/> is for a network that has learnt nothing.</param>
/// <param name="Seconds">Of training since the very first step, over all resumed parts.</param>
/// <param name="Waiting">Share of the time since the last record that was spent waiting for images.</param>
public sealed record StepRecord(
    long Step, long Steps, double Epoch, long Images, double Loss, double Chance, double Accuracy, double AccuracyChance,
    IReadOnlyList<TermRecord> Terms, double LearningRate, double GradientNorm, double ImagesPerSecond, double Seconds, double Waiting)
{
    /// <summary>Null at steps without a look.</summary>
    public ProbeRecord? Probe { get; init; }
}

/// <summary>What a look at the encoder showed.</summary>
/// <param name="EffectiveRank">Of its vectors: 1 when all images look alike to it.</param>
/// <param name="Accuracy">Top-1 in 0..1 of nearest neighbours on labelled images; null without them.</param>
/// <param name="AccuracyChance">Of guessing.</param>
public sealed record ProbeRecord(double EffectiveRank, double? Accuracy, double? AccuracyChance);

/// <summary>One contrastive task of a step: loss in nats, top-1 in 0..1.</summary>
public sealed record TermRecord(string Name, double Loss, double Accuracy);
